"""Words that every message has, whatever it is about; by language, so that they also tell the language."""

from __future__ import annotations

GERMAN = frozenset(
    """
ab aber alle allein allem allen aller alles als also am an andere anderen anderer anderes auch auf aus außer bald bei beide beim
bereits bevor bin bis bisher bist bitte bloß da dabei dadurch dafür dagegen daher dahin damals damit danach daneben dann daran
darauf daraus darf darin darüber darum darunter das dass daß dasselbe davon davor dazu dein deine deinem deinen deiner dem den
denen denn dennoch der deren derselbe des deshalb dessen deswegen dich die dies diese dieselbe diesem diesen dieser dieses dir
doch dort du durch dürfen eben ein eine einem einen einer eines einfach einige einmal er erst es etwa etwas euch euer eure
falls fast für ganz gar geben gegen gehabt gehen geht gekommen gemacht genau gerade gern gerne gewesen gibt ging gut guten
habe haben habt hallo hast hat hatte hatten hätte hätten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer ihres im
immer in indem ins irgend ist ja je jede jedem jeden jeder jedes jemand jene jetzt kam kann kannst kein keine keinem keinen
keiner kommen kommt können könnte könnten konnte konnten lassen leider lieber machen macht man manche mein meine meinem meinen
meiner meines mehr mich mir mit möchte möchten mögen morgen müssen muss musste muß nach nachdem nämlich neben nein nicht nichts
nie niemand noch nun nur ob obwohl oder oft ohne per schon sehr sei seid sein seine seinem seinen seiner seit seitdem selber
selbst sich sie sind so sobald sogar solche soll sollen sollte sollten sondern sonst soweit sowie stand statt steht tag trotzdem
tun tut über um und uns unser unsere unserem unseren unserer unter usw viel viele vielen vielleicht vom von vor während wann
war waren warum was wegen weil weiter welche welchem welchen welcher welches wem wen wenig wenn wer werde werden weshalb wie
wieder wieso will wir wird wirklich wo wobei woher wohin wohl wollen wollte worden wurde wurden würde würden zu zum zur zwar
zwischen zwei drei vier fünf sechs sieben acht neun zehn mal hallo zusammen sehr geehrte geehrter geehrten damen herren
danke dank grüße gruß grüßen freundlichen freundliche mfg bzw
""".split()  # noqa: SIM905 - a list of words is read more easily so
)

ENGLISH = frozenset(
    """
a able about above after again against all already also although always am an and another any anyone anything are around as ask
at away back be became because become been before being below between both but by came can cannot come comes could did do does
doing don done down during each either else even ever every everything few for from further get gets getting give given go goes
going gone got had has have having he hello help her here hers hi him his how however i if in instead into is it its itself
just keep kindly know let like look made make makes making many may maybe me might mine more most much must my myself need
needs neither never no none nor not nothing now of off often on once one only onto or other others our ours out over own
please possible put quite rather really said same say says see seem seems shall she should show since so some somebody someone
something sometimes soon still such take tell than thank thanks that the their them then there these they thing things think
this those though through thus to together too tried try trying under until up upon us use used using very via want wanted wants
was way we well were what when where whether which while who whom whose why will wish with within without won wondering work
would yes yet you your yours yourself ll ve re isn doesn didn haven hasn wasn couldn wouldn shouldn isnt doesnt dont cant im ive
two three four five six seven eight nine ten times dear sir madam regards best sincerely
""".split()  # noqa: SIM905 - a list of words is read more easily so
)
