"""What gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

from observability.logs import set_service

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
set_service("web")
application = get_wsgi_application()
