"""The invented firm: who its customers are, why they turn to it, who answers. Data only, nothing computed.

Kolkfunk is no real company; nor are the people. Everything here is a parameter of the simulated world and is
written to ``truth/truth.json``, so a model can be tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRM = "Kolkfunk"
DOMAIN = "kolkfunk.example"
ZONE = "Europe/Berlin"

CHANNELS = ("Telefon", "E-Mail", "Chat", "Web", "App", "Filiale", "Brief", "Social Media")
CHANNEL_NAMES = ("phone", "email", "chat", "web", "app", "shop", "letter", "social")
PHONE, EMAIL, CHAT, WEB, APP, SHOP, LETTER, SOCIAL = range(8)
LIVE = (PHONE, CHAT, SHOP)
"""Channels on which customer and agent talk at once; answers take minutes, not hours."""
OPEN_HOURS_ONLY = (PHONE, SHOP)
BOT_CHANNELS = (CHAT, WEB, APP)

TEAMS = ("Kundenservice", "Fachservice", "Rechnungsstelle", "Technik", "Auftragsbearbeitung")
FIRST, SECOND, BILLING, TECH, BACK = range(5)
TEAM_SIZES = (24, 14, 10, 12, 10)


@dataclass(frozen=True)
class Persona:
    """A type of customer with its habits.

    ``contacts`` per month; ``channels`` as weights over CHANNELS; ``impatience`` scales how much a failure raises
    the log-hazard of leaving; ``hours`` are the two parameters of a beta distribution over the day.
    """

    name: str
    share: float
    contacts: float
    impatience: float
    channels: tuple[float, ...]
    hours: tuple[float, float]
    sessions: float
    """App and web sessions per month."""


PERSONAS = (
    Persona("Selbermacher", 0.28, 0.24, 1.0, (0.05, 0.15, 0.20, 0.30, 0.30, 0.0, 0.0, 0.0), (3.0, 2.0), 0.7),
    Persona("Stammkunde am Telefon", 0.24, 0.40, 0.7, (0.78, 0.08, 0.0, 0.0, 0.0, 0.12, 0.02, 0.0), (1.6, 3.2), 0.05),
    Persona("Eilige", 0.18, 0.46, 1.4, (0.25, 0.10, 0.40, 0.0, 0.15, 0.0, 0.0, 0.10), (2.0, 1.6), 0.5),
    Persona("Sparfuchs", 0.18, 0.36, 1.1, (0.15, 0.50, 0.05, 0.25, 0.05, 0.0, 0.0, 0.0), (3.0, 2.2), 0.45),
    Persona("Filialgänger", 0.12, 0.26, 0.8, (0.20, 0.0, 0.0, 0.0, 0.0, 0.65, 0.15, 0.0), (2.0, 2.6), 0.0),
)


@dataclass(frozen=True)
class Reason:
    """Why customers turn to the firm, and what usually happens then.

    ``share`` of all contacts; ``team`` that can solve it; probabilities of a handover, of a promise and of the
    bot solving it; ``span`` of the promise in days; ``minutes`` of work per answer. ``for_customer`` and
    ``for_firm`` say who gains from the contact (value-irritant matrix).
    """

    name: str
    share: float
    team: int
    handover: float
    promise: float
    promise_kind: str
    span: int
    bot: float
    minutes: float
    for_customer: bool
    for_firm: bool

    @property
    def action(self) -> str:
        """What the value-irritant matrix (Price & Jaffe) says to do with contacts of this reason."""
        if self.for_customer:
            return "leverage" if self.for_firm else "automate"
        return "simplify" if self.for_firm else "eliminate"


REASONS = (
    Reason("Rechnung nicht verstanden", 0.255, BILLING, 0.45, 0.35, "Rückruf", 2, 0.10, 8.0, False, False),
    Reason("Internet gestört", 0.205, TECH, 0.55, 0.70, "Technikertermin", 4, 0.05, 12.0, False, False),
    Reason("Lieferung fehlt", 0.105, BACK, 0.40, 0.55, "Ersatzlieferung", 4, 0.15, 6.0, False, False),
    Reason("Technikertermin verschieben", 0.100, TECH, 0.30, 0.40, "Technikertermin", 5, 0.20, 5.0, True, False),
    Reason("Tarifwechsel", 0.090, SECOND, 0.20, 0.25, "Umstellung", 6, 0.10, 11.0, True, True),
    Reason("Zugang zum Kundenkonto", 0.075, FIRST, 0.08, 0.05, "Rückruf", 1, 0.55, 4.0, True, False),
    Reason("Router einrichten", 0.045, TECH, 0.30, 0.10, "Rückruf", 1, 0.35, 14.0, True, False),
    Reason("Umzug", 0.040, BACK, 0.50, 0.60, "Anschluss", 9, 0.05, 13.0, True, True),
    Reason("Kündigungsfrist", 0.030, SECOND, 0.25, 0.15, "Bestätigung", 3, 0.25, 7.0, False, True),
    Reason("Rufnummer mitnehmen", 0.025, BACK, 0.45, 0.55, "Umstellung", 7, 0.05, 10.0, True, True),
    Reason("Gutschrift fehlt", 0.020, BILLING, 0.60, 0.80, "Gutschrift", 8, 0.00, 9.0, False, False),
    Reason("Bankverbindung ändern", 0.010, BILLING, 0.15, 0.05, "Bestätigung", 2, 0.40, 3.0, False, True),
)
OUTAGE = 1
DELIVERY = 2
SETUP = 6

TARIFFS = (
    ("Kolk Start 50", 29.99), ("Kolk Plus 100", 39.99), ("Kolk Max 250", 49.99), ("Kolk Giga 1000", 69.99), ("Kolk Mobil", 19.99),
)  # fmt: skip
TARIFF_SHARES = (0.26, 0.34, 0.20, 0.08, 0.12)
TARIFF_LOG_HAZARD = (0.0, 0.0, -0.15, -0.3, 0.35)

ARTICLES = (
    ("Kolkbox 3 Router", 12990), ("Kolkbox Mini Repeater", 6990), ("SIM-Karte", 990), ("Smartphone K5", 24900),
    ("Anschlusskabel", 1490),
)  # fmt: skip
ARTICLE_SHARES = (0.30, 0.20, 0.25, 0.12, 0.13)

AGENT_FORGETS = 0.12
FORGETFUL_AGENT_FORGETS = 0.65
FORGETFUL_SHARE = 0.25
"""A quarter of the agents make a customer who was handed on explain everything again in 65 % of cases, the others in 12 %."""

BROKEN, LATE, WITHDRAWN = 0.13, 0.13, 0.03
"""Share of promises never kept, kept after the due date, and taken back by the customer, in a normal month."""
OUTAGE_BROKEN, OUTAGE_LATE = 0.34, 0.26
OUTAGE_VOLUME = 3.0
DELIVERY_LATE, DELIVERY_BROKEN = 0.10, 0.03

COST_PER_MINUTE = 75
"""Cents for a minute of human work."""
COST_OF_BOT = 5
"""Cents for an automatic answer."""

FIRST_NAMES = (
    "Anna", "Lena", "Sophie", "Marie", "Julia", "Katharina", "Sabine", "Petra", "Monika", "Ursula", "Renate", "Heike", "Jörg",
    "Jürgen", "Günther", "Wolfgang", "Klaus", "Thomas", "Stefan", "Andreas", "Michael", "Markus", "Jan", "Tim", "Lukas", "Felix",
    "Paul", "Jonas", "Maximilian", "Aylin", "Elif", "Mehmet", "Emre", "Murat", "Katarzyna", "Piotr", "Agnieszka", "Olga",
    "Sergej", "Natalia", "Dimitri", "Marco", "Giulia", "Elena", "Ana", "Luis", "Nguyen", "Linh", "Amir", "Leila", "Björn",
    "Sören", "Käthe", "Rosemarie", "Hannelore", "Dieter", "Uwe", "Silke", "Anke", "Thorsten",
)  # fmt: skip
LAST_NAMES = (
    "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Schäfer", "Koch",
    "Bauer", "Richter", "Klein", "Wolf", "Schröder", "Neumann", "Schwarz", "Zimmermann", "Braun", "Krüger", "Hofmann", "Hartmann",
    "Lange", "Schmitt", "Werner", "Krause", "Meier", "Lehmann", "Köhler", "Maier", "Kaiser", "Fuchs", "Lang", "Vogel", "Jung",
    "Keller", "Roth", "Beck", "Lorenz", "Bergmann", "Böhm", "Winter", "Kraus", "Schuster", "Jäger", "Groß", "Sommer", "Seidel",
    "Brandt", "Haas", "Schreiber", "Dietrich", "Ziegler", "Kuhn", "Kühn", "Pohl", "Engel", "Horn", "Yilmaz", "Kaya", "Demir",
    "Öztürk", "Kowalski", "Nowak", "Wójcik", "Petrov", "Ivanova", "Rossi", "Costa", "Tran", "Weiß", "Preuß", "Voß", "Strauß",
    "Lüders", "Ahrens", "Thiele", "Busch",
)  # fmt: skip
PHONE_RANGES = ("030 23125", "069 90009", "040 66969", "0221 4710", "089 99998")
"""Each followed by three digits: the numbers the Bundesnetzagentur keeps free for films and books, reaching nobody."""
MAIL_DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved by RFC 2606: no mail to them can reach anybody."""
