"""Sentences with the people, places and organisations in them, written for these tests."""

import re
from typing import Any

_SPAN = re.compile(r"\[([^|\]]+)\|(\w+)\]")
SENTENCES = """\
[Maria Schmidt|person] flew from [Berlin|place] to [Chicago|place] on Tuesday.
[Siemens|organisation] opened a new office in [Vienna|place].
The chairman of [Toyota|organisation] met [Emmanuel Macron|person] in [Paris|place].
[James Cook|person] sailed from [England|place] to [Australia|place].
[Barack Obama|person] was born in [Hawaii|place].
[Microsoft|organisation] hired [Anna Kowalski|person] as its new director.
She studied physics in [Poland|place] before she moved to [France|place].
[Reuters|organisation] reported that [Nokia|organisation] would close its plant in [Finland|place].
[Peter Johnson|person] and [Susan Miller|person] were married in [Boston|place].
The bank said that it would not sell its shares.
[Angela Merkel|person] spoke with [Vladimir Putin|person] about trade.
[Volkswagen|organisation] builds cars in [Mexico|place] and [China|place].
[Michael Jordan|person] grew up in [North Carolina|place].
The minister travelled to [Japan|place] and then to [South Korea|place].
[Albert Einstein|person] left [Germany|place] for the [United States|place].
Nobody knows why the meeting was cancelled.
[IBM|organisation] and [Oracle|organisation] signed the contract.
[Nelson Mandela|person] became president of [South Africa|place].
[David Brown|person] works for [Ford Motor Company|organisation] in [Detroit|place].
The court in [London|place] rejected the appeal of [Julian Assange|person].
[Marie Curie|person] taught in [Paris|place].
Snow fell in [Canada|place] and in [Norway|place] last night.
[Mary Robinson|person] was the first woman to lead [Ireland|place].
The engine stopped twice before noon.
[Intel|organisation] will invest in [Israel|place], said [Patrick Gelsinger|person].
[John Lennon|person] was shot in [New York|place].
[Boeing|organisation] moved its headquarters to [Virginia|place].
[Robert Lee|person] lost the papers somewhere in [Italy|place].
[Samsung Electronics|organisation] raised its forecast.
The train to [Madrid|place] was late again.
[Fidel Castro|person] ruled [Cuba|place] for decades.
[General Electric|organisation] sold the unit to [Goldman Sachs|organisation].
[Linda Carter|person] wrote to the mayor of [San Francisco|place].
[Kofi Annan|person] came from [Ghana|place].
The report covers [Brazil|place], [Argentina|place] and [Chile|place].
[Steve Jobs|person] founded [Apple|organisation] in [California|place].
He will probably call back tomorrow.
[Thomas Mueller|person] plays for [Germany|place].
[Pfizer|organisation] tested the drug in [Turkey|place].
[Elizabeth Warren|person] lives in [Cambridge|place], [Massachusetts|place].
""".splitlines()


def rows() -> list[dict[str, Any]]:
    """Return each sentence with its spans by their places."""
    found = []
    for line in SENTENCES:
        entities, text, at = [], "", 0
        for match in _SPAN.finditer(line):
            text += line[at : match.start()]
            entities.append({"start": len(text), "end": len(text) + len(match[1]), "label": match[2]})
            text, at = text + match[1], match.end()
        found.append({"text": text + line[at:], "entities": entities})
    return found
