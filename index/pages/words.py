"""English words that tell whether a line broken in two is one sentence; used by `index.pages.tidy` only.

A text in another language goes by its punctuation and capitals alone.
"""

_OPENERS = """
a about according after all although among an and another any as at because before both but by despite during each
even every few first following for from he her here his how however i if in instead it its last later many meanwhile
more most my next no not now of on once one only or other our she since so some such that the their then there these
they this those though through to under unlike until we what when where whether which while who why with without yet
you your
"""

_OPEN_ENDS = """
a about above across after against along although amid among an and are around as at be because been before behind
being below between beyond both but by called can could despite did do does during each either every for former from
had has have he her his if in including inside into is it its itself like may might more most must my named near
neither no nor not of off on onto or our outside over per she should since so some than that the their these they this
those though through throughout to told toward towards under until up upon via was we were when where whether which
while who whom whose why will with within without would
ceo chairman chancellor chief col counterpart director dr founder gen king leader lt minister mr mrs ms president
prime prince princess queen secretary senator sgt sheikh sir spokesman spokeswoman st vs
"""

# Words that open an English sentence and do not open a name within one: after a line without an end, such a word at the
# start of the next line means that the line was whole (a heading, a link to another story).
OPENERS = frozenset(_OPENERS.split())

# Words that no heading ends in: the sentence goes on in the next line, whatever that begins with. The last two lines of
# them stand before names ("Chinese President" at the end of a line, the linked name on the next).
OPEN_ENDS = frozenset(_OPEN_ENDS.split())
