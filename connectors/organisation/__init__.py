"""The files an organisation keeps, as YAML in a folder.

`tree` text to values with line numbers · `wording` what is wrong, as a sentence · `loading` a file to records of any
pydantic model · `files` the Organisation port · `checks` what only shows when files are read side by side.
"""

from connectors.organisation.checks import check
from connectors.organisation.files import YamlOrganisation
from connectors.organisation.loading import BadFile, load_one, load_records

__all__ = ["BadFile", "YamlOrganisation", "check", "load_one", "load_records"]
