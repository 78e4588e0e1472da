"""The end that tests give a consent where it does not matter: far away, and not too far."""

import datetime as dt

FAR = f"{dt.datetime.now(dt.UTC).date() + dt.timedelta(days=700)}"
