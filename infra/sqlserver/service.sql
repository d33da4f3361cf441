-- The login of up and run ROLE: it reads and writes rows, and may neither make, alter nor drop anything. With it, Data:MigrateAtStart=false.
-- Run by an administrator, in the database, before or after the first ./echoclr migrate:  sqlcmd -d echoclr -v password="..." -i service.sql
CREATE LOGIN echoclr_service WITH PASSWORD = N'$(password)', CHECK_POLICY = ON;
CREATE USER echoclr_service FOR LOGIN echoclr_service WITH DEFAULT_SCHEMA = dbo;
GRANT SELECT, INSERT, UPDATE, DELETE ON SCHEMA::dbo TO echoclr_service;
-- What migrations were applied is the migrator's to say. (The audit trail's tables refuse changes by their triggers, whoever asks.)
IF OBJECT_ID(N'dbo.schema_migration') IS NOT NULL DENY INSERT, UPDATE, DELETE ON OBJECT::dbo.schema_migration TO echoclr_service;
