"""German and English words and phrases behind the measures of tone: kundig's own lists, to be read and amended here."""

from __future__ import annotations

from collections.abc import Mapping

FUNCTION_WORDS: Mapping[str, Mapping[str, str]] = {
    "de": {
        "personal pronouns": """ich mich mir du dich dir er ihn ihm sie ihnen wir uns ihr euch mein meine meinem meinen meiner meines
            dein deine deinem deinen deiner sein seine seinem seinen seiner ihre ihrem ihren ihrer ihres unser unsere unserem unseren
            unserer unseres euer eure eurem euren eurer""",
        "impersonal pronouns": """es dies diese diesem diesen dieser dieses jene jenem jenen jener man wer wen wem was etwas jemand
            niemand welche welchem welchen welcher welches solche solchem solchen solcher derselbe dieselbe dasselbe selbst""",
        "articles": "der die das den dem des ein eine einen einem einer eines",
        "prepositions": """in im ins an am ans auf aus bei beim bis durch für gegen hinter mit nach neben ohne seit trotz über um unter
            von vom vor während wegen zu zum zur zwischen innerhalb außerhalb gegenüber laut""",
        "conjunctions": """und oder aber denn sondern weil dass daß wenn als ob obwohl damit bevor nachdem sobald falls sowie sowohl
            entweder bzw beziehungsweise indem solange""",
        "auxiliary verbs": """bin bist ist sind seid war warst waren wäre wären gewesen habe hast hat haben hatte hatten hätte hätten
            gehabt werde wirst wird werden wurde wurden würde würden worden kann kannst können konnte konnten könnte könnten muss müssen
            musste mussten müsste soll sollen sollte sollten darf dürfen durfte dürfte mag möchte möchten will wollen wollte wollten""",
        "adverbs": """auch nur noch schon sehr jetzt nun hier da dort dann heute gestern morgen immer wieder bereits leider gern gerne
            vielleicht eigentlich einfach bald gerade sofort so doch mal also daher deshalb trotzdem oft wie wo wann warum nochmals
            inzwischen bisher zuletzt zuerst endlich""",
        "negations": "nicht kein keine keinem keinen keiner keines nie niemals nein nichts weder nirgends",
        "quantifiers": """alle allem allen aller alles viel viele vielem vielen vieler wenig wenige wenigen mehr weniger mehrere mehreren
            einige einigen manche manchen jede jedem jeden jeder jedes beide beiden ganz ganze ganzen genug meiste meisten sämtliche""",
    },
    "en": {
        "personal pronouns": """i me my mine myself you your yours yourself he him his she her hers we us our ours they them their
            theirs i'm i've i'd i'll you're you've you'll we're we've we'll they're they've he's she's""",
        "impersonal pronouns": """it its it's this that these those that's anything something nothing everything anyone someone
            everyone nobody anybody somebody everybody what which who whom whose other others""",
        "articles": "a an the",
        "prepositions": """in on at by for from of to with about above across after against along among around before behind below
            beneath beside between beyond during except inside into near off onto out over since through throughout toward under until
            up upon within without""",
        "conjunctions": "and or but because if although though while whereas unless when whenever as so nor whether than",
        "auxiliary verbs": """am is are was were be been being have has had having do does did can could may might must shall should
            will would won't can't couldn't don't doesn't didn't isn't aren't wasn't weren't haven't hasn't hadn't shouldn't wouldn't""",
        "adverbs": """again already also always ever here there now then just only still very really too soon today yesterday tomorrow
            yet often usually perhaps maybe quite rather well almost even instead however where why how therefore immediately""",
        "negations": "no not never none neither cannot nowhere",
        "quantifiers": "all any both each every few many more most much several some less least enough lot lots little another half",
    },
}
"""Nine classes of function words; a word is in one class only."""

COURTESY: Mapping[str, str] = {"de": "danke dank bitte hallo grüße", "en": "thanks thank please hello regards"}
"""Words that tell the language of the shortest messages."""

OTHER_LANGUAGES: Mapping[str, str] = {
    "nl": "het een van ik niet dat zijn voor met op te je hebben aan naar wij maar ook bij nog kunnen geen deze mijn wordt heb uw",
    "fr": "le les des est et une je vous pas que pour dans sur avec mon ma mes nous votre il elle mais ce cette été ai avez du au",
    "es": "el los las una y es que de por para con no mi su se lo pero está hay como muy tengo ha he me usted del al favor",
    "it": "il gli una è che di per con non mi si lo ma sono ho ha della del nel alla questo vostro come più",
    "pt": "os uma não que de para com meu minha por mas está em foi são muito você da do na no ao",
    "pl": "nie jest się na do że to i w z jak ale już czy mam mnie dla po proszę",
    "tr": "bir ve bu için çok değil ben siz ile var yok mi ne daha olarak ama",
    "sv": "och att det är jag inte som på för av med har till ni vi om men kan",
    "da": "og at det er jeg ikke som på for af med har til vi om men kan af fra",
}
"""Frequent words of the languages most likely to be taken for German or English."""

_DAY_DE = r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)"
_MONTH_DE = r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
_DATE_DE = (
    rf"(?:\d{{1,2}}\.\s?(?:\d{{1,2}}\.(?:\d{{2,4}})?|{_MONTH_DE})|{_DAY_DE}|(?:über)?morgen|heute|\d{{1,2}}(?:[:.]\d\d)? uhr)"
)
_DAY_EN = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_MONTH_EN = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_DATE_EN = (
    rf"(?:{_DAY_EN}|tomorrow|today|tonight|(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH_EN}|{_MONTH_EN} \d{{1,2}}"
    r"|\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|\d{1,2}(?::\d\d)? ?(?:am|pm)|noon)"
)
_BEGIN = r"(?:(?<=^)|(?<=[.!?] )|(?<=\n))"
_QUESTIONS_DE = (
    r"(?:entschuldigen|verzeihen|haben|können|könnten|sind|werden|möchten|wollen|müssen|dürfen|sollen|wären|hätten|würden|brauchen"
    r"|kommen|erhalten|bekommen|finden|sehen|wissen|kennen)"
)
_COMMANDS_EN = (
    r"(?:restart|check|call|send|contact|read|go|fill|wait|provide|submit|refer|click|log|enter|try|use|download|install|update|reset"
    r"|return|pay|note|make|follow)"
)
_KIND_DE = r"(?:ärgerlich|frustrierend|unangenehm|enttäuschend|lästig|belastend)"
_KIND_EN = r"(?:frustrat\w+|annoy\w+|upset\w*|inconvenien\w+|disappoint\w+|difficult)"

APPRECIATION: Mapping[str, Mapping[str, str]] = {
    "de": {
        "greeting": r"guten (?:tag|morgen|abend)|hallo|moin|grüß gott|sehr geehrte[rs]?|liebe[r]? (?:frau|herr|kundin|kunde)",
        "thanks": r"(?:vielen|herzlichen|besten|lieben|schönen) dank|danke(?:schön)?|(?:wir|ich) (?:be)?danken?|dank für ihre?n?",
        "apology": r"(?:es |das )?tut (?:mir|uns)(?: \w+){0,3} leid|(?:bitte )?entschuldigen sie|(?:ich|wir) entschuldigen?"
        r"|bitten?(?: \w+){0,4} (?:entschuldigung|verzeihung)|verzeihen sie|(?:unser|mein) (?:fehler|versehen)"
        r"|(?:uns|mir) ist(?: \w+){0,2} (?:fehler|versehen)|(?:fehler|versehen) von (?:uns|mir)|(?:das|der fehler) liegt an uns",
        "acknowledgement": rf"(?:ich|wir) (?:kann|können|verstehen?)(?: \w+){{0,4}} (?:gut |sehr )?(?:verstehen|nachvollziehen|ärger|{_KIND_DE})"
        rf"|(?:ich|wir) verstehen?,? (?:dass|wie|ihren|ihre)|(?:das|es) ist (?:sehr |wirklich |natürlich )?{_KIND_DE}"
        rf"|sehr {_KIND_DE} für sie|zu recht|sie haben recht|ihr(?:en)? (?:ärger|unmut)|nachvollziehbar|verständlicherweise",
        "reason given": r"weil|nämlich|aufgrund|(?:der|ein) grund (?:dafür|ist|war)|(?:liegt|lag) (?:daran|an)|die ursache"
        r"|(?<=, )(?:denn|da (?:wir|ich|sie|der|die|das|es|unser\w*|ihr\w*))",
        "commitment": rf"(?:bis|spätestens)(?: spätestens)?(?: zum| ende| anfang| mitte)?(?: nächste[nr]?| kommende[nr]?)? (?:{_DATE_DE}|woche|monat)"
        rf"|(?:am|noch) (?:kommenden |nächsten )?(?:{_DATE_DE})|(?:innerhalb|binnen)(?: von)? (?:\w+ )?(?:\d+|zwei|drei|vier|fünf)? ?"
        r"(?:stunden?|tagen?|werktagen?|wochen?)|in (?:spätestens |den nächsten )?(?:\d+|einer|einem|zwei|drei|vier|fünf) "
        r"(?:stunden?|tag(?:en)?|werktag(?:en)?|wochen?)",
    },
    "en": {
        "greeting": r"(?:good (?:morning|afternoon|evening|day))|hello|hi|dear",
        "thanks": r"(?:many )?thanks|thank you|we appreciate|i appreciate|grateful",
        "apology": r"(?:i am|i'm|we are|we're)(?: \w+){0,2} sorry|sorry (?:for|about|that)|(?:i|we)(?: \w+)? apologi[sz]e|(?:my|our) apologies"
        r"|apologies for|(?:my|our) (?:mistake|fault|error)",
        "acknowledgement": rf"(?:i|we)(?: can| do| completely| fully)* (?:understand|appreciate|see) (?:that|how|your|why)"
        rf"|(?:that|this|it) (?:is|must be|must have been|sounds)(?: \w+)? {_KIND_EN}|you(?:'re| are) right|rightly|your frustration",
        "reason given": r"because|due to|the reason (?:is|was|for)|(?:this|that) is since|caused by|owing to",
        "commitment": rf"(?:by|before|on|no later than)(?: the end of| next| this)* (?:{_DATE_EN}|week|month)|within (?:the next )?"
        r"(?:\d+|an|one|two|three|four|five|a few)? ?(?:working |business )?(?:hours?|days?|weeks?)"
        r"|in (?:the next )?(?:\d+|an|one|two|three|four|five) (?:working |business )?(?:hours?|days?|weeks?)|later today|first thing tomorrow",
    },
}
"""What shows appreciation in a message of the firm; a bare "leider" or "unfortunately" owns nothing and is no apology."""

AGAINST: Mapping[str, Mapping[str, str]] = {
    "de": {
        "blame": r"sie haben(?: \w+){0,4} (?:nicht|falsch|vergessen|versäumt|übersehen)|sie hätten|(?:ihr|ihrem) (?:eigene[rsnm]? )?"
        r"(?:fehler|verschulden|versäumnis)|das liegt an ihnen|selbst schuld|wie sie (?:eigentlich )?wissen (?:müssten|sollten)",
        "policy shield": r"(?:laut|gemäß|nach)(?: unseren?| den| dem| ihrem)? (?:agb|richtlinien|vorgaben|geschäftsbedingungen|vertragsbedingungen)"
        r"|leider(?: \w+){0,3} nicht möglich|dafür sind wir nicht zuständig|(?:nicht in unserer|fällt nicht in unsere) zuständigkeit"
        r"|da kann ich(?: \w+)? nichts (?:machen|tun)|das ist nun mal so|unsere (?:richtlinien|vorgaben)",
        "bare imperative": rf"{_BEGIN}(?!{_QUESTIONS_DE} )[a-zäöüß]+en sie(?= )(?![^.!?]*\bbitte\b)(?=[^.!?]*(?:[.!]|$))",
        "already stated": r"wie (?:ich |wir )?(?:ihnen )?(?:bereits|schon)(?: mehrfach| mehrmals)?(?: ich| wir)?(?: ihnen)?"
        r" (?:erwähnt|gesagt|geschrieben|mitgeteilt|erklärt|erläutert)|wie (?:oben|vorhin) (?:erwähnt|beschrieben)",
    },
    "en": {
        "blame": r"you (?:failed|forgot|neglected) to|you (?:did not|didn't|have not|haven't)|you should have|your (?:own )?(?:fault|mistake)"
        r"|as you should know",
        "policy shield": r"(?:per|under|according to) (?:our |the )?(?:company )?(?:policy|policies|terms(?: and conditions)?|guidelines)"
        r"|against (?:our )?policy|our policy (?:does not|doesn't)|not our (?:responsibility|department)|nothing (?:i|we) can do"
        r"|unfortunately(?: \w+){0,3} not possible",
        "bare imperative": rf"{_BEGIN}{_COMMANDS_EN}(?= )(?![^.!?]*\bplease\b)(?=[^.!?]*(?:[.!]|$))",
        "already stated": r"as (?:i |we )?(?:have )?(?:already |previously )(?:stated|mentioned|said|explained|told|advised|informed)"
        r"|as (?:stated|mentioned|explained) (?:above|before|earlier|already)",
    },
}
"""What works against it."""

LOAD: Mapping[str, Mapping[str, str]] = {
    "de": {
        "said again": r"zum (?:zweiten|dritten|vierten|fünften|sechsten|x-ten|wiederholten|\d+\.) ?mal|(?:schon|bereits)(?: \w+){0,4}"
        r" (?:gesagt|erklärt|geschildert|beschrieben|mitgeteilt|erzählt|geschrieben)|zum wiederholten|jedes mal|schon wieder|von vorn(?:e)?"
        r"|(?:mehrfach|mehrmals|dreimal|zweimal|x-mal)",
        "still waiting": r"immer noch|noch immer|bis heute|seit (?:\w+ )?(?:tagen|wochen|monaten)|(?:ich|wir) warten?"
        r"|(?:keine|ohne) (?:antwort|rückmeldung|reaktion)",
    },
    "en": {
        "said again": r"(?:second|third|fourth|fifth|\d+(?:nd|rd|th)) time|i(?:'ve| have)? already (?:told|said|explained|sent|given|described)"
        r"|(?:told|explained)(?: \w+){1,4} (?:twice|before|already)|once again|yet again|every time|over and over|as i (?:said|told)",
        "still waiting": r"still (?:waiting|not|no|haven't|hasn't|don't)|(?:for|in) (?:\w+ )?(?:days|weeks|months)"
        r"|(?:no|without) (?:answer|reply|response)"
        r"|i(?:'m| am) waiting|not heard back",
    },
}
"""What shows in a customer's message how much he has had to bear; capitals and repeated marks are found without words."""
