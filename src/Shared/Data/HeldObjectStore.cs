using System.Text;

namespace EchoClr.Shared.Data;

/// <summary>The objects of studies, received and written, as a viewer asks for them.</summary>
public sealed class HeldObjectStore(Database database)
{
    // A result that came back from a PACS has two rows: the one that we wrote stands for both.
    private const string Objects = $"""
        SELECT i.study_id, i.series_instance_uid, i.sop_instance_uid, i.sop_class_uid, i.modality, i.series_number, i.instance_number, i.number_of_frames, i.file_key,
               CASE WHEN i.origin = 'Own' THEN 1 ELSE 0 END AS own, NULL AS analysis_id, 0 AS withdrawn, CASE WHEN {Rejection.OfInstance} THEN 1 ELSE 0 END AS rejected
        FROM instance i WHERE i.study_id IN @StudyIds AND NOT EXISTS (SELECT 1 FROM result_object r WHERE r.sop_instance_uid = i.sop_instance_uid)
        UNION ALL
        SELECT v.study_id, o.series_instance_uid, o.sop_instance_uid, o.sop_class_uid, NULL, NULL, NULL, NULL, CASE WHEN o.expired_at IS NULL THEN o.file_key END, 1, o.analysis_id,
               CASE WHEN o.purpose IS NULL AND EXISTS (SELECT 1 FROM withdrawal w WHERE w.analysis_id = o.analysis_id) THEN 1 ELSE 0 END, 0
        FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE v.study_id IN @StudyIds
        """;

    // What we write has no column for its modality: reports are SR, notes KO, and saliency cines as SaliencyModality says, which is OT unless somebody chose US, which the study has anyway.
    private const string HasModality = """
        EXISTS (SELECT 1 FROM instance i WHERE i.study_id = s.id AND i.modality IN @Modalities)
        OR EXISTS (SELECT 1 FROM study_version v JOIN analysis a ON a.study_version_id = v.id JOIN result_object o ON o.analysis_id = a.id
                   WHERE v.study_id = s.id AND (CASE WHEN o.purpose = 'RejectionNote' THEN 'KO' WHEN o.kind = 'SaliencyCine' THEN 'OT' ELSE 'SR' END) IN @Modalities)
        """;

    private const string HasInstance = """
        s.id IN (SELECT i.study_id FROM instance i WHERE i.sop_instance_uid IN @SopInstanceUids
                 UNION SELECT v.study_id FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE o.sop_instance_uid IN @SopInstanceUids)
        """;

    private const string HasSeries = """
        s.id IN (SELECT i.study_id FROM instance i WHERE i.series_instance_uid IN @SeriesInstanceUids
                 UNION SELECT v.study_id FROM result_object o JOIN analysis a ON a.id = o.analysis_id JOIN study_version v ON v.id = a.study_version_id WHERE o.series_instance_uid IN @SeriesInstanceUids)
        """;

    /// <summary>Carets that may close a person name without meaning anything (PS3.5 6.2.1.2): of five components, four.</summary>
    private const int MaxClosingCarets = 4;

    /// <summary>Studies that a query finds, the newest first.</summary>
    public Task<IReadOnlyList<StudyRow>> ListStudiesAsync(StudyQuery query, int skip, int take, CancellationToken cancellationToken)
    {
        var parameters = new Dapper.DynamicParameters(new
        {
            Skip = skip, Take = take, query.StudyInstanceUids, query.SeriesInstanceUids, query.SopInstanceUids, query.Modalities,
            DateFrom = query.StudyDate?.From, DateTo = query.StudyDate?.To, TimeFrom = query.StudyTime?.From, TimeTo = query.StudyTime?.To,
        });
        return database.ReadAsync(session => session.QueryAsync<StudyRow>($"SELECT {StudyRow.Columns} FROM study s WHERE {Where(query, parameters)} ORDER BY s.id DESC {database.SomeRows}", parameters), cancellationToken);
    }

    /// <summary>All objects of studies, by series and instance number; at most some hundred studies at a time, since each is a parameter.</summary>
    public async Task<IReadOnlyList<HeldObject>> ListAsync(IReadOnlyCollection<long> studyIds, CancellationToken cancellationToken)
    {
        var found = await database.ReadAsync(session => session.QueryAsync<HeldObject>(Objects, new { StudyIds = studyIds }), cancellationToken);
        return [.. found.OrderBy(item => item.Own).ThenBy(item => item.SeriesNumber).ThenBy(item => item.SeriesInstanceUid, StringComparer.Ordinal).ThenBy(item => item.InstanceNumber).ThenBy(item => item.SopInstanceUid, StringComparer.Ordinal)];
    }

    private string Where(StudyQuery query, Dapper.DynamicParameters parameters)
    {
        var conditions = new List<string> { "1 = 1" };
        void Add(bool asked, string condition)
        {
            if (asked)
                conditions.Add($"({condition})");
        }
        Add(query.StudyInstanceUids.Count > 0, "s.study_instance_uid IN @StudyInstanceUids");
        Add(query.SopInstanceUids.Count > 0, HasInstance);
        Add(query.SeriesInstanceUids.Count > 0, HasSeries);
        Add(query.Modalities.Count > 0, HasModality);
        Add(query.StudyDate is not null, "s.study_date IS NOT NULL");
        Add(query.StudyDate?.From is { Length: > 0 }, "s.study_date >= @DateFrom");
        Add(query.StudyDate?.To is { Length: > 0 }, "s.study_date <= @DateTo");
        Add(query.StudyTime is not null, "s.study_time IS NOT NULL");
        Add(query.StudyTime?.From is { Length: > 0 }, "s.study_time >= @TimeFrom");
        Add(query.StudyTime?.To is { Length: > 0 }, "s.study_time <= @TimeTo");
        for (var i = 0; i < query.Texts.Count; i++)
        {
            var (column, pattern) = query.Texts[i];
            Add(true, column == StudyText.PatientName ? NameCondition(pattern, $"Text{i}", parameters) : TextCondition(ColumnOf(column), pattern, $"Text{i}", parameters));
        }
        return string.Join(" AND ", conditions);
    }

    // Letters' case counts, but in names (PS3.4 C.2.2.2.1, C.2.2.2.4). SQLite's LIKE cannot tell it, its GLOB can.
    private string TextCondition(string column, string pattern, string parameter, Dapper.DynamicParameters parameters)
    {
        var wild = pattern.AsSpan().ContainsAny('*', '?');
        var sqlite = database.Provider == DatabaseProvider.Sqlite;
        parameters.Add(parameter, !wild ? pattern : sqlite ? pattern.Replace("[", "[[]", StringComparison.Ordinal) : Like(pattern));
        return !wild ? $"{column} = @{parameter}" : sqlite ? $"{column} GLOB @{parameter}" : $@"{column} COLLATE Latin1_General_100_BIN2 LIKE @{parameter} ESCAPE '\'";
    }

    /// <summary>Any of a name's component groups (PS3.5 6.2.1.1), whatever its letters' case, with or without carets that close it.</summary>
    private static string NameCondition(string pattern, string parameter, Dapper.DynamicParameters parameters)
    {
        var conditions = new StringBuilder();
        for (var carets = 0; carets <= MaxClosingCarets; carets++)
        {
            var name = Like(pattern.TrimEnd('^')) + new string('^', carets);
            foreach (var (suffix, form) in new[] { ("a", name), ("b", name + "=%"), ("c", "%=" + name), ("d", "%=" + name + "=%") })
            {
                parameters.Add($"{parameter}{suffix}{carets}", form);
                conditions.Append(conditions.Length == 0 ? "" : " OR ").Append($@"s.patient_name LIKE @{parameter}{suffix}{carets} ESCAPE '\'");
            }
        }
        return conditions.ToString();
    }

    private static string Like(string pattern) => pattern
        .Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)
        .Replace('*', '%').Replace('?', '_');

    private static string ColumnOf(StudyText column) => column switch
    {
        StudyText.PatientId => "s.patient_id",
        StudyText.IssuerOfPatientId => "s.issuer_of_patient_id",
        StudyText.PatientBirthDate => "s.patient_birth_date",
        StudyText.PatientSex => "s.patient_sex",
        StudyText.AccessionNumber => "s.accession_number",
        StudyText.StudyDescription => "s.study_description",
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "a name is matched by its groups"),
    };
}
