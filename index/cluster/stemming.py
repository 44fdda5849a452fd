"""Stemming on the cluster: Lucene's Snowball stemmers, as near ours as they come.

Give `algorithm` a language of ours; it gives back Lucene's name for its stemmer. Lucene's release of Snowball is older than ours
(2.x and 3.x have different ones), so that stems differ for some words: of 18,000 of English, German and Spanish texts
(which says little for languages of other scripts)

    none         arabic, armenian, basque, catalan, dutch_porter, greek, hindi, hungarian, indonesian, irish, italian, nepali,
                 porter, portuguese, romanian, russian, serbian, tamil, turkish, yiddish; estonian on 3.x
    below 1 %    danish, finnish, french, lithuanian, norwegian, swedish
    more         spanish 1 %, german 3 %, estonian on 2.x 4 %, dutch 20 % (another algorithm)
    not there    czech, esperanto, persian, polish, sesotho

What a query asks for is therefore stemmed by the cluster (analyzer STEMS), as the text was: then a word finds its forms by the
rules of Lucene's release. For English the words whose stems differ are overridden with ours (`overrides`).
"""

from __future__ import annotations

from index.analysis import Analyzer
from index.errors import ConfigError

_SAME_NAME = frozenset(
    "arabic armenian basque catalan danish dutch english estonian finnish french german greek hindi hungarian indonesian irish "
    "italian lithuanian nepali norwegian porter portuguese romanian russian serbian spanish swedish tamil turkish yiddish".split()
)

# Of 439,487 English words (two word lists and the vocabulary of five corpora), those to which Lucene 9.12 or 10.5 gives another
# stem than Snowball 3.1: mainly that of `-ologist`, and prefixes like `inter-` that now count as no part of the word.
_RESTEMMED = """
    acarologist added addedly adding aerobiologist aerogeologist aerologist agriologist agrobiologist agrostologist
    algaeologist algologist analogist anesthesiologist anthecologist anthoecologist anthologist anthropobiologist
    anthropoclimatologist anthropologist anthropologists anthroposociologist apiologist apologist apped arachnologist
    araneologist archaeologist archeologist areologist aristologist assyriologist astrometeorologist atmologist audiologist
    autecologist autologist axiologist bacteriologist balneologist battologist bibliologist bioecologist biologist
    biologists biophysiologist biopsychologist bpaste bromatologist bryologist bugologist caliologist campanologist
    carcinologist cardiologist caricologist carpologist catalogist cecidiologist cecidologist celtologist cetologist
    characterologist chirologist chorologist christologist chronologist climatologist conchologist conchyliologist
    cosmetologist cosmologist craniologist criminologist crustaceologist crustalogist cryptologist culturologist
    cyclonologist cynogenealogist cytologist decalogist demonologist dendrochronologist dendrologist deontologist
    dermatologist desmidiologist desmopathologist dialectologist dialogist dipterologist dpaste dysteleologist ebbing
    ecclesiologist echinologist ecologist ecologists egging egyptologist electrobiologist electrologist electrophysiologist
    elogist embryologist emergence emergencies emergency emergent emergently emergentness emerger endocrinologist
    entomologist entomologists entozoologist enzymologist epidemiologist epidemiologists epileptologist epilogist
    epistemologist erpetologist erred erring erringly eschatologist ethnologist ethologist etiologist etruscologist ettings
    etymologist eulogist evening evenings fairyologist feminologist filicologist fossilogist fossilologist fpaste
    fungologist galvanologist gastroenterologist gastrologist gemologist genealogist genealogists genecologist
    geohydrologist geologist geologists glaciologist glossologist glottologist glyptologist gnomologist gpaste graphiologist
    graphologist gynecologist gypsiologist gypsologist hagiologist hamartiologist heliologist helminthologist hematologist
    hemologist hepaticologist hepatologist heresiologist heroologist herpetologist hibernologist hierologist hippologist
    histologist histopathologist homerologist homologist horologist hydrobiologist hydrologist hydrologists
    hydrotechnologist hygiologist hying hymenopterologist hymnologist hypnologist ichthyologist iconologist ideologist
    ideologists immunologist indologist insectologist interal interallied interally interational interations interatively
    intercable intercalative intercity intercreate interdeal interes interfer interfered interfering interferingly
    interferring interfluence interfluent interfluous intergrated intergrating intergration interhyal interluency
    intermeation interment intermicate intermication internal internality internalization internalize internalized
    internalizes internalizing internally internalness internals internation international internationalism internationality
    internationally interner internic internity internmational internment interntional interpeal interplant interplanting
    interplical interplicate interplication interrer interscience interstate interstation intersticed interstrial
    interstriation interstrive interval intervals intervent japanologist laryngologist lateral laterality lateralization
    lateralize laterally latered laterization lepidopterologist leprologist lexicologist lichenologist limnologist
    lithologist liturgiologist luminologist magirologist malacologist malariologist mammalogist mantologist martyrologist
    mastologist mayologist mazologist melittologist meteorologist meteorologists methodologist metrologist microbiologist
    microgeologist micrologist micropalaeontologist micropathologist micropetrologist mimologist mineralogist misologist
    monologist monopolylogist morologist morphologist muscologist museologist musicologist mycologist myologist myriologist
    myrmecologist mythologist nasologist necrologist nematologist neologist neophilologist nephologist nephrologist
    neurologist neurologists neuropathologist neuropsychologist neurypnologist nidologist nomologist noologist nosologist
    numerologist numismatologist odontologist oenologist offing ologist oncologist oncologists oneirologist onomatologist
    ontologist oologist ophidologist ophiologist ophthalmologist opthalmologists optologist oralogist orchidologist organal
    organe organer organiaation organic organical organically organicity organing organism organisms organity organization
    organizations organize organized organizer organizers organizes organizing organologist ornithologist orologist
    orthopterologist oryctologist osphresiologist osteologist otolaryngologist otologist otorhinolaryngologist ovologist
    paedopsychologist paidologist palaeethnologist palaeobiologist palaeodendrologist palaeoethnologist palaeoherpetologist
    palaeologist palaeontologist palaeophytologist palaeozoologist palaetiologist paleethnologist paleichthyologist
    paleoanthropologist paleobiologist paleoclimatologist paleodendrologist paleoecologist paleoethnologist
    paleoherpetologist paleologist paleontologist paleophytologist paleozoologist pantheologist pantologist papyrologist
    paralogist parapsychologist parasitologist paroemiologist paste pasted pastes pasting pathobiologist pathologist
    patrologist pbpaste pedagogist pedologist penologist periodontologist pestologist petrologist phalangologist
    pharmacologist phenologist phenomenologist philologist phonologist photologist phraseologist phrenologist phthisiologist
    phycologist physicotheologist physiologist phytoecologist phytolithologist phytologist phytopaleontologist
    phytopathologist phytosociologist phytoteratologist planetologist planktologist plutologist pneumatologist pogonologist
    pomologist posologist potamologist proctologist prologist promorphologist protistologist protologist protozoologist
    proverbiologist psammologist pseudochronologist pseudologist psychologist psychologists psychopathologist
    psychophysiologist pteridologist pyramidologist pyrgologist pyrologist quinologist radiologist radiologists
    reflexologist rheologist rhinologist roentgenologist runologist saintologist sanctologist sarcologist seismologist
    seismologists selenologist semasiologist semeiologist semiphilologist serologist sexologist sinologist snobologist
    societologist sociologist sociologists somatologist speleologist spermologist sphagnologist splanchnologist spookologist
    sporologist stomatologist storiologist syllogist symbologist synagogist synantherologist syphilidologist syphilologist
    syriologist tautologist technologist technologists teleologist teratologist terminologist thanatologist theologist
    thereologist thermatologist therologist timbrologist tocologist topologist toxicologist trichologist trilogist
    turkologist typologist typtologist univers universal universalism universality universalization universalize
    universalizer universally universalness universals universdal universities university universologist uredinologist
    urinologist urologist venereologist vermeologist vinologist virologist volcanologist vulcanologist vying zoogeologist
    zoologicoarchaeologist zoologist zoologists zoonosologist zoopathologist zoophytologist zoopsychologist zymologist
"""


def supports(language: str) -> bool:
    """Whether every cluster can stem the language (or stems nothing, for `none`)."""
    return language in _SAME_NAME or language in ("dutch_porter", "none")


def algorithm(language: str) -> str | None:
    """Lucene's name for the stemmer of a language, None for `none`. ConfigError if it has none."""
    if language == "none":
        return None
    if not supports(language):
        raise ConfigError(
            f"language: OpenSearch has no stemmer for {language!r}; expected one of {', '.join(sorted(_SAME_NAME))}, "
            "dutch_porter, none; choose one of them or the embedded engine"
        )
    return "Dutch" if language == "dutch_porter" else language.capitalize()


def overrides(language: str) -> list[str]:
    """Rules `word => stem` of a `stemmer_override` filter, for words that Lucene stems otherwise than we."""
    if language != "english":
        return []
    analyzer = Analyzer(language)
    return [f"{word} => {analyzer.stem(word)}" for word in _RESTEMMED.split()]
