"""Every action of the plugin, in the order of the documentation."""

from treadle_kommo.companies import COMPANIES
from treadle_kommo.contacts import CONTACTS
from treadle_kommo.incoming import INCOMING
from treadle_kommo.leads import LEADS
from treadle_kommo.notes import NOTES
from treadle_kommo.talks import TALKS
from treadle_kommo.tasks import TASKS

ACTIONS = (*LEADS, *INCOMING, *CONTACTS, *COMPANIES, *NOTES, *TASKS, *TALKS)
