-- Runs once, by the image's entrypoint, as the superuser of a fresh cluster: the application's role and its database.
-- The role owns that one database. Beside it, it may only make databases of its own, which `smoke` and a rehearsed
-- restore do in order to stay away from the shop's. Its password is the one in DATABASE_URL, taken
-- literally: make-secrets draws it from letters and digits, and a percent-encoded one is refused here.
\set role_password `sed -nE 's,^[a-z]+://barbershop:([A-Za-z0-9_.~-]+)@.*,\1,p' /run/secrets/database_url`
SELECT :'role_password' = '' AS unreadable \gset
\if :unreadable
    DO $$ BEGIN RAISE 'the secret database_url must read postgres://barbershop:PASSWORD@postgres:5432/barbershop'; END $$;
\endif

CREATE ROLE barbershop LOGIN PASSWORD :'role_password'
    NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- PostgreSQL's own C.UTF-8 is the same on every system, so a new base image can't corrupt an index.
CREATE DATABASE barbershop OWNER barbershop TEMPLATE template0 ENCODING 'UTF8'
    LOCALE 'C' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8';
REVOKE ALL ON DATABASE barbershop FROM PUBLIC;
REVOKE ALL ON DATABASE postgres FROM PUBLIC;
REVOKE ALL ON DATABASE template1 FROM PUBLIC;

-- From the next start on. A tmpfs of one's own comes back closed (0755) when its container is restarted after a
-- crash (moby/moby#20437), and the server would not start in it; /tmp is open in the image itself, so it stays open.
ALTER SYSTEM SET unix_socket_directories = '/tmp';
