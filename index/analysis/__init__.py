"""Text to terms, one definition for documents and queries, whichever engine indexes them.

Give `Analyzer.analyze` the text of an article; it gives back tokens with position and character offsets;
`bulk.BulkAnalyzer` gives those of many texts in arrays. Give `Analyzer.phrase` the text of a query leaf; it gives back the
terms to look up. tests/golden/analysis.yml is the table of cases that documents what becomes of what.
"""

from index.analysis.analyzer import ANALYSIS_VERSION, Analyzer, Token
from index.analysis.folding import fold

__all__ = ["ANALYSIS_VERSION", "Analyzer", "Token", "fold"]
