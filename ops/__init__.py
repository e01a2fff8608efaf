"""The platform on one machine: PostgreSQL and Airflow started, stopped, migrated, saved and restored."""
