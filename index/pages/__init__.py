"""From pages to articles: read a page, split it, clean it, hand on `Article` values. One site's rules are one YAML profile."""
