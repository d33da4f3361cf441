using System.Security.Cryptography;
using System.Text;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

/// <summary>A database of an earlier release, with data of every stage, under this program: nothing is lost or changed, and the stores read it.</summary>
public sealed class UpgradeTests
{
    /// <summary>One study on its whole way and one that waits, as the first schema has them. Later schemas take the same statements, or they could not have taken the first one's data.</summary>
    private const string Data = """
        INSERT INTO association (id, listener, calling_ae_title, called_ae_title, remote_address, trace_id, started_at, ended_at, end_kind, end_reason, instances_stored)
        VALUES ('a1', 'ECHOCLR@old:11112', 'CART', 'ECHOCLR', '10.1.2.3', '0123456789abcdef0123456789abcdef', '2024-05-01T08:00:00.000Z', '2024-05-01T08:01:00.000Z', 'Released', 'released by the peer', 2);
        INSERT INTO study (id, study_instance_uid, patient_id, patient_name, accession_number, calling_ae_title, first_received_at, last_received_at, trace_id)
        VALUES (7, '1.2.3', 'P1', 'Müller^Änne=山田', 'A1', 'CART', '2024-05-01T08:00:01.000Z', '2024-05-01T08:00:59.000Z', '0123456789abcdef0123456789abcdef'),
               (8, '1.2.4', NULL, NULL, NULL, 'CART', '2024-05-01T09:00:01.000Z', '2024-05-01T09:00:59.000Z', 'fedcba9876543210fedcba9876543210');
        INSERT INTO instance (id, study_id, sop_instance_uid, sop_class_uid, series_instance_uid, modality, series_number, instance_number, number_of_frames, transfer_syntax_uid, file_key, dataset_offset, dataset_length, dataset_sha256, origin, association_id, received_at, trace_id)
        VALUES (70, 7, '1.2.3.1', '1.2.840.10008.5.1.4.1.1.3.1', '1.2.3.0', 'US', 1, 1, 30, '1.2.840.10008.1.2.4.50', 'objects/aa/bb/1.dcm', 350, 1000, 'sha-1', 'Peer', 'a1', '2024-05-01T08:00:01.000Z', '0123456789abcdef0123456789abcdef'),
               (80, 8, '1.2.4.1', '1.2.840.10008.5.1.4.1.1.3.1', '1.2.4.0', 'US', 1, 1, 30, '1.2.840.10008.1.2.4.50', 'objects/aa/bb/2.dcm', 350, 1000, 'sha-2', 'Peer', 'a1', '2024-05-01T09:00:01.000Z', 'fedcba9876543210fedcba9876543210');
        INSERT INTO study_version (id, study_id, version, state, opened_at, last_received_at, completed_at, evidence, instance_count, cine_set_sha256, trace_id, row_version)
        VALUES (700, 7, 1, 'Complete', '2024-05-01T08:00:01.000Z', '2024-05-01T08:00:59.000Z', '2024-05-01T08:02:00.000Z', '{}', 1, 'set-1', '0123456789abcdef0123456789abcdef', 3),
               (800, 8, 1, 'Complete', '2024-05-01T09:00:01.000Z', '2024-05-01T09:00:59.000Z', '2024-05-01T09:02:00.000Z', '{}', 1, 'set-2', 'fedcba9876543210fedcba9876543210', 0);
        INSERT INTO study_version_instance (study_version_id, instance_id) VALUES (700, 70), (800, 80);
        INSERT INTO model (id, kind, name, version, weights_sha256, manifest, folder, synthetic, state, imported_at, promoted_at, promoted_by)
        VALUES (1, 'view-gate', 'view-gate', '1.0.0', 'w1', '{}', 'models/view-gate', 1, 'InService', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 'first start'),
               (2, 'as-lvh', 'as-lvh', '1.0.0', 'w2', '{}', 'models/as-lvh', 1, 'InService', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z', 'first start');
        INSERT INTO analysis (id, study_version_id, model_id, view_model_id, state, details, started_at, finished_at, reported_at, trace_id)
        VALUES (7000, 700, 2, 1, 'Analyzed', '{"frames":16}', '2024-05-01T08:02:01.000Z', '2024-05-01T08:02:09.000Z', '2024-05-01T08:02:10.000Z', '0123456789abcdef0123456789abcdef');
        INSERT INTO video_view (id, analysis_id, instance_id, view_label, probability, used) VALUES (1, 7000, 70, 'PLAX', 0.97, 1);
        INSERT INTO finding (id, analysis_id, name, probability, threshold, outcome) VALUES (1, 7000, 'AS', 0.8125, 0.5, 'Present'), (2, 7000, 'LVH', 0.125, 0.5, 'Absent');
        INSERT INTO result_object (id, analysis_id, kind, sop_class_uid, sop_instance_uid, series_instance_uid, file_key, sha256, length, created_at, trace_id)
        VALUES (1, 7000, 'StructuredReport', '1.2.840.10008.5.1.4.1.1.88.34', '2.25.1', '2.25.2', 'results/aa/bb/1.dcm', 'sha-3', 5000, '2024-05-01T08:02:10.000Z', '0123456789abcdef0123456789abcdef');
        INSERT INTO delivery (id, analysis_id, destination, state, attempts, sent_at, commitment_transaction_uid, commitment_requested_at, confirmed_at, confirmed_by, created_at, updated_at, trace_id, row_version)
        VALUES (1, 7000, 'pacs', 'Confirmed', 1, '2024-05-01T08:02:11.000Z', '2.25.3', '2024-05-01T08:02:12.000Z', '2024-05-01T08:02:13.000Z', 'StorageCommitment', '2024-05-01T08:02:10.000Z', '2024-05-01T08:02:13.000Z', '0123456789abcdef0123456789abcdef', 5);
        INSERT INTO delivery_object (delivery_id, result_object_id, send_order, status, sent_at, confirmed_at) VALUES (1, 1, 0, 0, '2024-05-01T08:02:11.000Z', '2024-05-01T08:02:13.000Z');
        INSERT INTO commitment_request (transaction_uid, delivery_id, requested_at) VALUES ('2.25.3', 1, '2024-05-01T08:02:12.000Z');
        INSERT INTO label (id, study_id, study_version_id, name, value, reader, source, saw_ai, created_at, trace_id) VALUES (1, 7, 700, 'AS', 'present', 'Dr. A', 'portal', 0, '2024-05-02T08:00:00.000Z', '0123456789abcdef0123456789abcdef');
        INSERT INTO schedule (id, name, cron, time_zone, enabled, training_plan, changed_at, changed_by) VALUES (1, 'weekly', '0 2 * * SUN', 'Europe/Berlin', 1, '{}', '2024-01-01T00:00:00.000Z', 'Anna');
        INSERT INTO training_run (id, schedule_id, due_at, state, training_plan, trace_id) VALUES (1, 1, '2024-05-05T00:00:00.000Z', 'Succeeded', '{}', '00000000000000000000000000000001');
        INSERT INTO clip (id, instance_id, pipeline, state, file_key, sha256, frames, height, width, duration_ms, created_at, trace_id)
        VALUES (1, 70, '1', 'Ready', 'clips/aa/bb/1.clip', 'sha-4', 30, 112, 112, 1000.5, '2024-05-01T08:02:10.000Z', '0123456789abcdef0123456789abcdef');
        """;

    [Fact]
    public async Task EveryEarlierSchema_WithData_ComesToTheNewest_RowsIntact()
    {
        var migrations = Migrator.ForProvider(DatabaseProvider.Sqlite);
        foreach (var old in migrations.SkipLast(1))
        {
            await using var test = await TestDatabase.CreateAsync(migrate: false);
            await MigrateToAsync(test.Database, old.Number);
            await test.Database.WriteAsync(session => session.ExecuteAsync(Data), default);
            var tables = await test.Database.ReadAsync(session => session.QueryAsync<string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('schema_migration', 'worklist_change', 'worklist_entry')"), default);
            var columns = await ColumnsAsync(test.Database, tables);
            var before = await DumpAsync(test.Database, tables, columns);
            Assert.True(before.Count > 20, $"{before.Count} rows");

            Assert.Equal(migrations.Count(migration => migration.Number > old.Number), await new Migrator(test.Database, TimeProvider.System).ApplyAsync(default));
            Assert.Equal(before, await DumpAsync(test.Database, tables, columns));
            Assert.Empty(await test.Database.ReadAsync(session => session.QueryAsync<string>("SELECT \"table\" FROM pragma_foreign_key_check"), default));
            Assert.Equal("ok", await test.Database.ReadAsync(session => session.ScalarAsync<string>("PRAGMA integrity_check"), default));

            while (await new WorklistSearch(test.Database).CatchUpAsync(default) > 0)
                continue;
            var page = await new WorklistSearch(test.Database).ListAsync(new WorklistQuery(), 10, default);
            Assert.Equal([("1.2.3", WorklistState.Confirmed), ("1.2.4", WorklistState.WaitingForAnalysis)], page.Rows.Select(row => (row.Study.StudyInstanceUid, row.State)).Order());
            Assert.Equal([800], (await new StudyStore(test.Database).ListUnanalyzedAsync(urgent: false, Rows.Noon, Rows.Noon, 10, default)).Select(row => row.Id)); // what was owed then is owed now
        }
    }

    private static async Task MigrateToAsync(Database database, int newest)
    {
        await database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("CREATE TABLE schema_migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT");
            foreach (var migration in Migrator.ForProvider(DatabaseProvider.Sqlite).Where(migration => migration.Number <= newest))
            {
                await session.ExecuteAsync(migration.Sql);
                await session.ExecuteAsync("INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES (@Number, @Name, @Sha256, '2024-01-01T00:00:00.000Z')",
                    new { migration.Number, migration.Name, Sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(migration.Sql))) });
            }
        }, default);
    }

    private static async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> ColumnsAsync(Database database, IReadOnlyList<string> tables)
    {
        var columns = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var table in tables)
            columns[table] = await database.ReadAsync(session => session.QueryAsync<string>("SELECT name FROM pragma_table_info(@Table)", new { Table = table }), default);
        return columns;
    }

    /// <summary>Every row of the tables in these columns, as SQLite quotes its values.</summary>
    private static async Task<IReadOnlyList<string>> DumpAsync(Database database, IReadOnlyList<string> tables, IReadOnlyDictionary<string, IReadOnlyList<string>> columns)
    {
        var rows = new List<string>();
        foreach (var table in tables)
            rows.AddRange(await database.ReadAsync(session => session.QueryAsync<string>($"SELECT '{table}: ' || {string.Join(" || ', ' || ", columns[table].Select(column => $"quote({column})"))} FROM {table} ORDER BY 1"), default));
        return rows;
    }
}
