-- The login that ./echoclr migrate runs as: it may change the schema of its database, and nothing of the server.
-- Run by an administrator, in the database:  sqlcmd -d echoclr -v password="..." -i migrator.sql
-- Once it has made the schema, this login is needed at upgrades only, and may be disabled between them.
CREATE LOGIN echoclr_migrator WITH PASSWORD = N'$(password)', CHECK_POLICY = ON;
CREATE USER echoclr_migrator FOR LOGIN echoclr_migrator WITH DEFAULT_SCHEMA = dbo;
GRANT CREATE TABLE TO echoclr_migrator;
GRANT ALTER, SELECT, INSERT, UPDATE, DELETE, REFERENCES ON SCHEMA::dbo TO echoclr_migrator;
