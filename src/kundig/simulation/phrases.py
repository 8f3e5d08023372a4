"""What customers and agents write, in German: templates by reason, with places for the details of a ticket.

``{betrag}``, ``{tag}`` (past), ``{bald}`` (to come), ``{artikel}`` and ``{zahl}`` are drawn once per ticket, so a customer
who explains again names the same amount and day. Stories have two lists: how it is told first, and how it is told again in
other words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """One reason to turn to the firm, in words."""

    told: tuple[str, ...]
    retold: tuple[str, ...]
    bot: str
    answer: str
    detail: str
    """What the customer answers to a question he has not been asked before."""


STORIES = (
    Story(
        ("auf meiner Rechnung vom {tag} stehen {betrag}, obwohl ich einen Festpreis habe. "
         "Ich verstehe den Posten „Verbrauch außerhalb der Flatrate“ nicht.",
         "Sie haben am {tag} {betrag} abgebucht, das ist viel mehr als sonst. Ich kann mir nicht erklären, wofür.",
         "ich habe die Rechnung vom {tag} bekommen und sie ist viel zu hoch: {betrag}. Was sind das für Sonderposten?"),
        ("Mir wurden am {tag} {betrag} in Rechnung gestellt, normal zahle ich einen Festpreis. "
         "Da taucht ein Verbrauch außerhalb der Flatrate auf, den ich nicht kenne.",
         "Es geht um die Abrechnung vom {tag}. Da wurden {betrag} eingezogen, viel mehr als üblich, wofür auch immer."),
        "Ihre Rechnung finden Sie im Kundenkonto unter „Rechnungen“. Dort ist jeder Posten einzeln erklärt.",
        "ich habe mir die Rechnung angesehen. Die {betrag} bestehen aus dem Monatspreis und einem Einzelposten.",
        "Die Rechnungsnummer lautet 77{zahl}, sie steht oben rechts."),
    Story(
        ("seit dem {tag} geht bei mir das Internet nicht mehr. "
         "Am Router blinkt die DSL-Leuchte rot, neu gestartet habe ich ihn schon {zahl3} Mal.",
         "mein Anschluss ist gestört. Seit dem {tag} bricht die Verbindung alle paar Minuten ab, ich kann so nicht arbeiten.",
         "kein Internet und kein Telefon seit dem {tag}. Der Router wurde schon {zahl3} Mal neu gestartet, ohne Erfolg."),
        ("Bei uns ist seit dem {tag} alles tot, das rote Licht am Router blinkt. "
         "Aus- und wieder eingeschaltet habe ich ihn schon {zahl3} Mal.",
         "Die Leitung fällt seit dem {tag} dauernd aus, im Minutentakt. Von zu Hause arbeiten geht damit nicht."),
        "Bitte starten Sie Ihren Router neu. Ob es in Ihrer Gegend eine Störung gibt, zeigt die Störungskarte.",
        "ich habe Ihre Leitung gemessen. Das Signal kommt nicht sauber bei Ihnen an.",
        "Auf dem Router steht die Seriennummer KB3-{zahl}."),
    Story(
        ("mein Paket sollte am {tag} da sein, bestellt hatte ich {artikel}. In der Sendungsverfolgung steht nichts Neues.",
         "wo bleibt meine Bestellung? Ich warte seit dem {tag} auf {artikel}.",
         "ich habe {artikel} bestellt, zugesagt war der {tag}. Gekommen ist nichts."),
        ("Ich warte immer noch auf {artikel}. Die Sendung hätte am {tag} kommen sollen, und in der Verfolgung tut sich nichts.",
         "Bestellt hatte ich {artikel}, und am {tag} hätte es hier sein müssen. Bis jetzt war kein Paketbote da."),
        "Den Stand Ihrer Lieferung sehen Sie in der App unter „Bestellungen“.",
        "ich habe beim Paketdienst nachgesehen. Die Sendung hängt im Verteilzentrum.",
        "Die Bestellnummer aus der E-Mail endet auf {zahl}."),
    Story(
        ("der Technikertermin am {bald} passt mir leider nicht, ich bin da nicht zu Hause. Bitte geben Sie mir einen neuen.",
         "ich habe am {tag} vergeblich auf den Techniker gewartet. Bitte nennen Sie mir einen neuen Termin.",
         "kann der Technikertermin vom {bald} auf einen Vormittag verlegt werden?"),
        ("Es geht um den Besuch des Technikers am {bald}. Da kann ich nicht, ich brauche einen anderen Tag.",
         "Für den {tag} war ein Techniker angekündigt, das klappt aber nicht. Ich möchte einen Ersatztermin."),
        "Ihren Termin können Sie in der App unter „Termine“ selbst verschieben.",
        "ich habe im Kalender der Technik nachgesehen. In der nächsten Woche ist noch ein Vormittag frei.",
        "Geklingelt werden muss bei Hinterhaus, zweiter Stock."),
    Story(
        ("ich möchte in einen schnelleren Tarif wechseln. Brauche ich einen neuen Router? Zurzeit zahle ich {betrag}.",
         "in der Werbung habe ich ein besseres Angebot gesehen als meines für {betrag}. Kann ich wechseln?",
         "mein Tarif für {betrag} passt nicht mehr zu uns, seit dem {tag} wohnen wir zu viert hier."),
        ("Ich zahle im Moment {betrag} und hätte gern mehr Tempo. Wichtig ist mir, ob der Router bleiben kann.",
         "Es geht um einen Wechsel, mein jetziger Vertrag für {betrag} ist zu klein geworden."),
        "Alle Tarife im Vergleich finden Sie im Kundenkonto unter „Tarif wechseln“.",
        "gern. Für Ihren Anschluss gibt es einen schnelleren Tarif, Ihr Router kann bleiben.",
        "In der Wohnung sind wir jetzt zu viert."),
    Story(
        ("ich komme seit dem {tag} nicht mehr in mein Kundenkonto. Die E-Mail zum Zurücksetzen des Passworts kommt nicht an.",
         "mein Zugang ist gesperrt, ich habe das Passwort wohl zu oft falsch eingegeben.",
         "die App meldet seit dem {tag} „Anmeldung fehlgeschlagen“."),
        ("Das Anmelden im Kundenkonto klappt seit dem {tag} nicht, und die Mail für ein neues Passwort habe ich nie erhalten.",
         "Ich bin aus meinem Konto ausgesperrt. Das Kennwort wurde ein paar Mal falsch getippt."),
        "Unter „Passwort vergessen“ erhalten Sie einen neuen Link. Er gilt 30 Minuten.",
        "ich habe Ihren Zugang entsperrt und Ihnen einen neuen Link geschickt.",
        "Meine E-Mail-Adresse hat sich seit dem Frühjahr geändert."),
    Story(
        ("ich bekomme den neuen Router nicht eingerichtet. Bei Schritt {zahl3} der Anleitung bricht die Einrichtung ab.",
         "das WLAN des neuen Routers wird nicht angezeigt, angeschlossen ist er seit dem {tag}.",
         "nach der Einrichtung am {tag} erreicht das WLAN das obere Stockwerk nicht."),
        ("Die Einrichtung vom Router hört immer bei Schritt {zahl3} auf, weiter komme ich mit der Anleitung nicht.",
         "Der Router steht seit dem {tag} hier, aber ein WLAN finde ich damit nicht."),
        "Die Einrichtung zeigt Ihnen unser Video Schritt für Schritt. Halten Sie den Zugangscode bereit.",
        "ich habe den Router von hier aus neu angemeldet. Bitte warten Sie, bis die Leuchte grün ist.",
        "Es ist das Modell Kolkbox 3, gekauft in der Filiale."),
    Story(
        ("wir ziehen zum {bald} um und möchten den Anschluss mitnehmen. Was müssen wir tun?",
         "am {bald} ziehe ich in eine neue Wohnung. Gibt es Ihren Tarif dort auch?",
         "unser Umzug ist am {bald}. Bitte schalten Sie den Anschluss dann in der neuen Wohnung."),
        ("Wir haben ab dem {bald} eine neue Wohnung, und der Anschluss soll mit.",
         "Zum {bald} wechsle ich die Adresse und brauche dort von Anfang an Internet."),
        "Ihren Umzug melden Sie im Kundenkonto unter „Umzug“. Dort prüfen wir gleich die neue Adresse.",
        "an der neuen Adresse ist Ihr Tarif verfügbar. Ich habe den Umzug angelegt.",
        "Der Vormieter heißt laut Klingelschild noch Hausmann, dritter Stock links."),
    Story(
        ("bis wann muss ich kündigen, damit mein Vertrag nicht weiterläuft? Abgeschlossen habe ich am {tag}.",
         "bitte sagen Sie mir, wann mein Vertrag frühestens endet. Begonnen hat er am {tag}.",
         "wie lang ist meine Kündigungsfrist? Ich zahle {betrag} im Monat."),
        ("Mein Vertrag stammt vom {tag}, und ich will wissen, zu wann ich da herauskomme.",
         "Es geht um das Ende meines Vertrags für {betrag}, ich brauche den genauen Termin."),
        "Ihre Vertragslaufzeit steht auf jeder Rechnung und im Kundenkonto unter „Vertrag“.",
        "Ihr Vertrag kann mit einem Monat Frist beendet werden.",
        "Der Vertrag läuft noch auf meinen Geburtsnamen."),
    Story(
        ("ich möchte meine alte Rufnummer zu Ihnen mitnehmen. Der bisherige Vertrag endet am {bald}.",
         "die Mitnahme meiner Nummer wurde abgelehnt, angeblich stimmen die Daten nicht. Beantragt war sie am {tag}.",
         "wann wird meine Rufnummer umgestellt? Beantragt habe ich das am {tag}."),
        ("Meine bisherige Nummer soll zu Ihnen umziehen, beim alten Anbieter ist am {bald} Schluss.",
         "Am {tag} habe ich die Mitnahme der Rufnummer beantragt, und jetzt heißt es, die Daten passen nicht."),
        "Die Mitnahme der Rufnummer dauert in der Regel sechs Werktage.",
        "der bisherige Anbieter muss die Nummer erst freigeben. Den Auftrag dazu habe ich gestellt.",
        "Der alte Vertrag läuft auf den Namen meiner Mutter."),
    Story(
        ("die Gutschrift über {betrag}, die mir am {tag} versprochen wurde, ist nicht auf der Rechnung.",
         "wo bleibt die Erstattung von {betrag}? Zugesagt wurde sie am {tag} nach dem Ausfall.",
         "mir wurden {betrag} Gutschrift zugesagt, und es wurde wieder der volle Betrag abgebucht."),
        ("Ich sollte {betrag} zurückbekommen, das wurde mir am {tag} gesagt, und auf der Abrechnung steht davon nichts.",
         "Nach dem Ausfall hieß es am {tag}, ich bekäme {betrag} erstattet. Das Geld fehlt."),
        "Gutschriften erscheinen auf der übernächsten Rechnung.",
        "die Gutschrift über {betrag} war angelegt, aber nicht freigegeben.",
        "Das Schreiben dazu trägt das Zeichen GS-{zahl}."),
    Story(
        ("meine Bankverbindung ändert sich zum {bald}. Wie teile ich Ihnen die neue mit?",
         "bitte buchen Sie ab dem {bald} vom neuen Konto ab.",
         "die Abbuchung vom {tag} ging zurück, weil mein altes Konto aufgelöst ist."),
        ("Ich habe ab dem {bald} ein anderes Konto, die Abbuchung muss von dort kommen.",
         "Das alte Konto gibt es nicht mehr, deshalb ist am {tag} die Lastschrift geplatzt."),
        "Ihre Bankverbindung ändern Sie im Kundenkonto unter „Zahlung“.",
        "ich habe die neue Bankverbindung eingetragen.",
        "Der Kontoinhaber bleibt derselbe."),
)  # fmt: skip

UPDATE = Story(
    ("seit dem Update in der Nacht blinkt der Router rot, sonst tut sich nichts mehr.",
     "nach dem automatischen Firmware-Update startet die Kolkbox dauernd neu und blinkt rot.",
     "die Kolkbox hat heute Nacht ein Firmware-Update bekommen, startet dauernd neu und blinkt rot. "
     "Wie bekomme ich den alten Stand zurück?"),
    ("Alles begann mit dem Update: Der Router blinkt nur noch rot, sonst tut sich nichts.",
     "Das Firmware-Update hat die Kolkbox lahmgelegt, sie startet dauernd neu und blinkt rot."),
    "Bitte starten Sie Ihren Router neu. Ob es in Ihrer Gegend eine Störung gibt, zeigt die Störungskarte.",
    "ich habe mir Ihren Router angesehen. Das Update ist nicht vollständig angekommen.",
    "Auf dem Router steht die Seriennummer KB3-{zahl}.")  # fmt: skip
"""What has never been before: it begins on one of the last days (``news.py``)."""

ARTICLES = ("den Router Kolkbox 3", "den Repeater Kolkbox Mini", "die SIM-Karte", "das Smartphone K5", "das Anschlusskabel")
GREETINGS = ("Guten Tag, ", "Hallo, ", "Sehr geehrte Damen und Herren, ", "Hallo zusammen, ", "")
ENDINGS = (" Bitte kümmern Sie sich darum.", " Was können Sie tun?", " Ich bitte um eine schnelle Antwort.", " Danke.", "", "")

SAYS_SO = (
    "Wie ich Ihrem Kollegen schon erklärt habe: {story}",
    "Das habe ich doch alles schon Ihrer Kollegin erzählt. Also noch einmal: {story}",
    "Ich habe es bereits geschildert, aber gut. {story}",
    "Jetzt erkläre ich es zum wiederholten Mal. {story}",
    "Muss ich denn bei jedem von vorn anfangen? {story}",
)
AGENT_ASKS_AGAIN = (
    "Guten Tag, Sie sind jetzt bei mir. Worum geht es bitte?",
    "Ihr Fall wurde an uns weitergegeben. Bitte schildern Sie kurz Ihr Anliegen.",
    "Hallo, was kann ich für Sie tun? Mir liegt leider keine Beschreibung vor.",
)
AGENT_ASKS_DETAIL = (
    "Ich habe alles gelesen. Eine Angabe fehlt mir noch, dann kann ich weitermachen.",
    "Danke für Ihre Geduld. Können Sie mir noch eine Einzelheit nennen?",
)
STATUS = (
    "Sie hatten mir etwas bis zum {frist} zugesagt. Gibt es schon Neues?",
    "Wie ist der Stand? Zugesagt ist der {frist}.",
    "Ihr Kollege hat mir schon erklärt, dass es bis zum {frist} dauert. Bleibt es dabei?",
)
OVERDUE = (
    "Zugesagt war der {frist}. Wie ist der Stand?",
    "Bis zum {frist} sollte ich von Ihnen hören. Ich warte.",
    "Wie Ihre Kollegin mir bereits sagte, sollte es bis zum {frist} erledigt sein. Ist es das?",
)
STILL = (
    "Leider hat das nicht geholfen. Bitte öffnen Sie den Vorgang wieder.",
    "Es ist noch nicht erledigt, Ihre Lösung war keine.",
    "Der Vorgang wurde geschlossen, aber das Problem besteht weiter.",
)
PROMISES = (
    "Ich sage Ihnen zu: {art} bis {frist}.",
    "Sie erhalten von uns bis spätestens {frist}: {art}.",
)
KEPT = ("Wie zugesagt: {art} ist erledigt.", "{art} ist erfolgt, wie versprochen.")
KEPT_LATE = (
    "{art} ist nun erfolgt. Bitte entschuldigen Sie die Verspätung.",
    "Mit Verspätung, das tut mir leid: {art} ist erledigt.",
)
BROKEN = ("Die Zusage ({art} bis {frist}) konnte nicht eingehalten werden.",)
WITHDRAWN = ("Zusage ({art}) auf Wunsch des Kunden aufgehoben.",)
HANDED_ON = ("Weitergabe an das Team {team}.", "Zuständig ist das Team {team}, Vorgang übergeben.")
SOLVED = ("Ihr Anliegen ist erledigt. Vielen Dank für Ihre Geduld.", "Damit ist der Fall gelöst. Wir helfen gern wieder.")
AGENT_GREETINGS = ("Guten Tag, ", "Hallo, ", "Sehr geehrte Kundin, sehr geehrter Kunde, ")
APOLOGIES = ("", "", "es tut mir leid, dass Sie deswegen Ärger haben: ")
NEXT_ANSWERS = (
    "ich habe den Fall übernommen und prüfe ihn.",
    "ich habe mich mit den Kollegen abgestimmt und weiß jetzt, woran es liegt.",
    "danke für Ihre Geduld, wir sind einen Schritt weiter.",
    "die Prüfung ist abgeschlossen, das Ergebnis steht in Ihrem Kundenkonto.",
)
REOPENED_ANSWERS = (
    "ich habe den Vorgang noch einmal aufgenommen.",
    "da ist etwas schiefgegangen, ich kümmere mich selbst darum.",
)
CAME_BACK = "ich habe mich deswegen vor Kurzem schon einmal gemeldet: "
"""How the first message of a ticket begins that repeats an earlier one; the case is a new one."""
COMMENTS = (
    ("Nie wieder. Zugesagt und nichts gehalten.", "Ich musste alles dreimal erklären.", "Keiner fühlt sich zuständig."),
    ("Es hat zu lange gedauert.", "Nett, aber ohne Ergebnis.", "Ging so."),
    ("Schnell und freundlich, danke.", "Alles gleich beim ersten Mal geklärt.", "Sehr zufrieden."),
)
"""By detractors, passives, promoters."""
STATED_REASONS = ("zu teuer", "Anbieterwechsel", "Umzug", "unzufrieden mit dem Service", "keine Angabe")
