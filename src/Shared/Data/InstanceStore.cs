namespace EchoClr.Shared.Data;

/// <summary>Received objects: one row a SOP Instance UID, and what was done with every other arrival under it.</summary>
public sealed class InstanceStore(Database database)
{
    private const string FindExisting = "SELECT id, study_id, dataset_sha256, file_key, origin FROM instance WHERE sop_instance_uid = @SopInstanceUid";

    private const string InsertStudyIfNew = """
        INSERT INTO study (study_instance_uid, patient_id, issuer_of_patient_id, patient_name, patient_birth_date, patient_sex, accession_number,
                           study_date, study_time, study_description, institution_name, calling_ae_title, first_received_at, last_received_at, trace_id)
        SELECT @StudyInstanceUid, @PatientId, @IssuerOfPatientId, @PatientName, @PatientBirthDate, @PatientSex, @AccessionNumber,
               @StudyDate, @StudyTime, @StudyDescription, @InstitutionName, @CallingAeTitle, @ReceivedAt, @ReceivedAt, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM study WHERE study_instance_uid = @StudyInstanceUid)
        """;

    private const string InsertInstance = """
        INSERT INTO instance (study_id, sop_instance_uid, sop_class_uid, series_instance_uid, modality, series_number, instance_number, number_of_frames,
                              transfer_syntax_uid, file_key, dataset_offset, dataset_length, dataset_sha256, origin, association_id, received_at, trace_id)
        SELECT study.id, @SopInstanceUid, @SopClassUid, @SeriesInstanceUid, @Modality, @SeriesNumber, @InstanceNumber, @NumberOfFrames,
               @TransferSyntaxUid, @FileKey, @DatasetOffset, @DatasetLength, @DatasetSha256, @Origin, @AssociationId, @ReceivedAt, study.trace_id
        FROM study WHERE study_instance_uid = @StudyInstanceUid
        """;

    private const string InsertConflictIfNew = """
        INSERT INTO instance_conflict (instance_id, study_instance_uid, file_key, dataset_offset, dataset_length, dataset_sha256, association_id, received_at, trace_id)
        SELECT @InstanceId, @StudyInstanceUid, @FileKey, @DatasetOffset, @DatasetLength, @DatasetSha256, @AssociationId, @ReceivedAt, @TraceId
        WHERE NOT EXISTS (SELECT 1 FROM instance_conflict WHERE instance_id = @InstanceId AND dataset_sha256 = @DatasetSha256)
        """;

    private const string InsertOpenVersion = """
        INSERT INTO study_version (study_id, version, state, opened_at, last_received_at, trace_id)
        SELECT @StudyId, COALESCE((SELECT MAX(version) FROM study_version WHERE study_id = @StudyId), 0) + 1, 'Open', @ReceivedAt, @ReceivedAt,
               (SELECT trace_id FROM study WHERE id = @StudyId)
        """;

    private const string TouchOpenVersion =
        "UPDATE study_version SET last_received_at = @ReceivedAt, row_version = row_version + 1 WHERE study_id = @StudyId AND state = 'Open'";

    // One object that says so is enough, and nothing takes it back.
    private const string MarkIfUrgent = "urgent = CASE WHEN @IsUrgent = 1 THEN 1 ELSE urgent END";

    private const string IsOurs =
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM result_object WHERE sop_instance_uid = @SopInstanceUid OR series_instance_uid = @SeriesInstanceUid) THEN 1 ELSE 0 END";

    /// <summary>Writes the rows of an arrival whose file is already durable under <see cref="NewInstance.FileKey"/>, and says which arrival it was.</summary>
    public static async Task<Reception> RecordReceivedAsync(Session session, NewAssociation association, NewInstance instance)
    {
        await AssociationStore.RecordStartedAsync(session, association);
        var existing = await session.FindAsync<Existing>(FindExisting, new { instance.SopInstanceUid });
        if (existing is null)
            return await RecordNewAsync(session, instance);

        if (existing.DatasetSha256 == instance.DatasetSha256)
        {
            // A sender that repeats is still sending: the quiet time of the study's open version starts anew, also where an earlier version brought the instance.
            if (existing.Origin == InstanceOrigin.Peer)
                await session.ExecuteAsync(TouchOpenVersion, new { existing.StudyId, instance.ReceivedAt });
            // So that retention does not take the file which this arrival is told to be a copy of.
            await session.ExecuteAsync($"UPDATE study SET last_arrival_at = @ReceivedAt, {MarkIfUrgent} WHERE id = @StudyId", new { existing.StudyId, instance.ReceivedAt, instance.IsUrgent });
            return new Reception(ReceptionKind.Duplicate, existing.Id, existing.FileKey);
        }

        var inserted = await session.ExecuteAsync(InsertConflictIfNew, new
        {
            InstanceId = existing.Id, instance.StudyInstanceUid, instance.FileKey, instance.DatasetOffset, instance.DatasetLength,
            instance.DatasetSha256, instance.AssociationId, instance.ReceivedAt, association.TraceId,
        });
        return new Reception(inserted == 1 ? ReceptionKind.Conflict : ReceptionKind.ConflictAgain, existing.Id, existing.FileKey);
    }

    /// <summary>Gives a row the file of an identical arrival, when its own file is gone (expired by policy, or lost).</summary>
    public static Task ReplaceFileAsync(Session session, long instanceId, NewInstance arrived) => session.ExecuteAsync(
        "UPDATE instance SET file_key = @FileKey, dataset_offset = @DatasetOffset, dataset_length = @DatasetLength, expired_at = NULL WHERE id = @InstanceId",
        new { InstanceId = instanceId, arrived.FileKey, arrived.DatasetOffset, arrived.DatasetLength });

    public static Task RecordRefusedAsync(Session session, NewAssociation association, string sopClassUid, string sopInstanceUid, int status, string reason, DateTimeOffset now) =>
        RefuseAsync(session, association, new
        {
            AssociationId = association.Id, SopClassUid = Text.Cut(sopClassUid, 64), SopInstanceUid = Text.Cut(sopInstanceUid, 64),
            Status = status, Reason = Text.Cut(reason, 2000), Now = now, association.TraceId,
        });

    public Task<InstanceRow?> FindAsync(string sopInstanceUid, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<InstanceRow>($"{InstanceRow.Select} WHERE i.sop_instance_uid = @SopInstanceUid", new { SopInstanceUid = sopInstanceUid }), cancellationToken);

    /// <summary>What is recorded of objects, for the sender that asks about them. At most some hundreds at a time: each is a parameter.</summary>
    public Task<IReadOnlyList<HeldInstance>> ListHeldAsync(IReadOnlyCollection<string> sopInstanceUids, string callingAeTitle, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<HeldInstance>("""
        SELECT i.id, i.sop_instance_uid, i.sop_class_uid, i.file_key, i.dataset_offset, i.dataset_length, i.dataset_sha256,
               CASE WHEN EXISTS (SELECT 1 FROM instance_conflict c JOIN association a ON a.id = c.association_id
                                 WHERE c.instance_id = i.id AND a.calling_ae_title = @CallingAeTitle) THEN 1 ELSE 0 END AS contested
        FROM instance i WHERE i.sop_instance_uid IN @Uids
        """, new { Uids = sopInstanceUids, CallingAeTitle = callingAeTitle }), cancellationToken);

    public Task<IReadOnlyList<ConflictRow>> ListConflictsAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<ConflictRow>("""
        SELECT i.sop_instance_uid, c.study_instance_uid, c.file_key, c.dataset_sha256, i.dataset_sha256 AS kept_dataset_sha256, c.received_at
        FROM instance_conflict c JOIN instance i ON i.id = c.instance_id ORDER BY c.id
        """), cancellationToken);

    public Task<IReadOnlyList<RefusalRow>> ListRefusalsAsync(DateTimeOffset since, CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<RefusalRow>("""
        SELECT a.calling_ae_title, r.sop_class_uid, r.sop_instance_uid, r.status, r.reason, r.refused_at
        FROM refusal r JOIN association a ON a.id = r.association_id WHERE r.refused_at >= @Since ORDER BY r.id
        """, new { Since = since }), cancellationToken);

    private static async Task RefuseAsync(Session session, NewAssociation association, object row)
    {
        await AssociationStore.RecordStartedAsync(session, association);
        await session.ExecuteAsync("""
            INSERT INTO refusal (association_id, sop_class_uid, sop_instance_uid, status, reason, refused_at, trace_id)
            VALUES (@AssociationId, @SopClassUid, @SopInstanceUid, @Status, @Reason, @Now, @TraceId)
            """, row);
    }

    private static async Task<Reception> RecordNewAsync(Session session, NewInstance instance)
    {
        // Our own reports come back by the PACS's auto-routing: kept, so that Success is true, but never part of a version to analyse.
        var origin = instance.IsOurs || await session.ScalarAsync<int>(IsOurs, instance) == 1 ? InstanceOrigin.Own : InstanceOrigin.Peer;
        await session.ExecuteAsync(InsertStudyIfNew, instance);
        await session.ExecuteAsync(InsertInstance, new
        {
            instance.StudyInstanceUid, instance.SopInstanceUid, instance.SopClassUid, instance.SeriesInstanceUid, instance.Modality, instance.SeriesNumber,
            instance.InstanceNumber, instance.NumberOfFrames, instance.TransferSyntaxUid, instance.FileKey, instance.DatasetOffset, instance.DatasetLength,
            instance.DatasetSha256, Origin = origin.ToString(), instance.AssociationId, instance.ReceivedAt,
        });
        var added = await session.FindAsync<Existing>(FindExisting, new { instance.SopInstanceUid }) ?? throw new InvalidOperationException("the row just inserted is gone");
        if (origin == InstanceOrigin.Own)
            return new Reception(ReceptionKind.Own, added.Id, added.FileKey);

        await session.ExecuteAsync($"UPDATE study SET last_received_at = @ReceivedAt, {MarkIfUrgent} WHERE id = @StudyId", new { added.StudyId, instance.ReceivedAt, instance.IsUrgent });
        await OpenVersionAsync(session, added.StudyId, instance.ReceivedAt);
        if (instance.Rejects is not null)
        {
            // Of a note's own study the note itself makes a new version; the other studies that it names need one as well.
            foreach (var studyId in await Rejection.RecordAsync(session, added.Id, instance))
                await OpenVersionAsync(session, studyId, instance.ReceivedAt);
        }
        await session.ExecuteAsync(
            "INSERT INTO study_version_instance (study_version_id, instance_id) SELECT id, @InstanceId FROM study_version WHERE study_id = @StudyId AND state = 'Open'",
            new { added.StudyId, InstanceId = added.Id });
        return new Reception(ReceptionKind.Stored, added.Id, added.FileKey);
    }

    /// <summary>The study's open version counts as received now; there is one from now on.</summary>
    private static async Task OpenVersionAsync(Session session, long studyId, DateTimeOffset receivedAt)
    {
        var study = new { StudyId = studyId, ReceivedAt = receivedAt };
        if (await session.ExecuteAsync(TouchOpenVersion, study) == 0)
            await session.ExecuteAsync(InsertOpenVersion, study);
    }

    private sealed record Existing
    {
        public long Id { get; init; }
        public long StudyId { get; init; }
        public string DatasetSha256 { get; init; } = "";
        public string? FileKey { get; init; }
        public InstanceOrigin Origin { get; init; }
    }
}
