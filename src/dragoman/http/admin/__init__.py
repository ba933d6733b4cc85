"""The admin API: tables of routes over the use cases in `service/admin`."""
