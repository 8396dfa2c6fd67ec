"""The case desk over the SOAR's legacy REST interface (AppKey), for tenants not migrated; it ends on 31 March 2027."""
