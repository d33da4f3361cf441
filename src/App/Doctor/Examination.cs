using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using EchoClr.App.Configuration;
using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Models;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Data;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace EchoClr.App.Doctor;

/// <summary>What the doctor looks at. Each check tries the thing itself rather than asking whether a file is there; none leaves anything behind but the data folder.</summary>
internal static class Examination
{
    private const long NeededMemory = 2L << 30; // libtorch with the full network, and a decoded cine
    private const long NeededDisk = 10L << 30;  // some hundred studies; below it a day may not pass

    public static async IAsyncEnumerable<Finding> RunAsync(IConfiguration configuration, IDicomClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return Runtime();
        yield return Memory();
        yield return DataFolder(configuration);
        if (configuration.AsEnumerable().Where(setting => setting.Value is not null && !ConfigurationReference.Knows(setting.Key)).Select(setting => setting.Key).ToList() is { Count: > 0 } unknown)
            yield return Finding.Doubtful("settings", $"nothing reads {string.Join(", ", unknown)}; ./echoclr config shows all keys");
        yield return await DatabaseAsync(configuration, cancellationToken);
        await foreach (var finding in CapacityAsync(configuration, cancellationToken))
            yield return finding;
        yield return await CodecAsync(cancellationToken);
        foreach (var kind in (string[])[LoadedModels.ViewGateKind, LoadedModels.FindingsKind])
            yield return Model(configuration, kind);
        foreach (var finding in Listener(configuration))
            yield return finding;
        await foreach (var finding in PeerChecks.DestinationsAsync(configuration, client, cancellationToken))
            yield return finding;
        await foreach (var finding in PeerChecks.PacsToAskAsync(configuration, client, cancellationToken))
            yield return finding;
    }

    private static Finding Runtime() => Finding.Good("runtime", $".NET {Environment.Version}, {Environment.ProcessorCount} processors");

    private static Finding Memory()
    {
        var bytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return bytes >= NeededMemory ? Finding.Good("memory", $"{bytes >> 20} MiB") : Finding.Doubtful("memory", $"{bytes >> 20} MiB; inference may need {NeededMemory >> 20}");
    }

    private static Finding DataFolder(IConfiguration configuration)
    {
        var folder = configuration["Data:Directory"]!;
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".doctor-{Guid.NewGuid():N}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            var free = new DriveInfo(folder).AvailableFreeSpace;
            return free >= NeededDisk ? Finding.Good("data folder", $"{folder}, {free >> 30} GiB free") : Finding.Doubtful("data folder", $"{folder} has only {free >> 20} MiB free");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Bad("data folder", $"{folder} cannot be written: {e.Message}; name another with --data");
        }
    }

    private static async Task<Finding> DatabaseAsync(IConfiguration configuration, CancellationToken cancellationToken)
    {
        var options = configuration.GetSection(DataOptions.SectionName).Get<DataOptions>()!;
        if (options is { Provider: DatabaseProvider.Sqlite, ConnectionString: null } && !File.Exists(Path.Combine(options.Directory, "echoclr.db")))
            return Finding.Good("database", $"{options.Provider}, none yet; the first start makes it");
        try
        {
            await using var services = new ServiceCollection().AddEchoClrData(options).BuildServiceProvider();
            var applied = await services.GetRequiredService<Migrator>().PrepareAsync(options, cancellationToken);
            return Finding.Good("database", $"{options.Provider}, schema current{(applied > 0 ? $" ({applied} migrations applied now)" : "")}");
        }
        catch (Exception e) when (e is System.Data.Common.DbException or InvalidOperationException or ArgumentException or DllNotFoundException)
        {
            return Finding.Bad("database", $"{options.Provider} does not answer: {e.Message}; check Data:Provider and Data:ConnectionString");
        }
    }

    /// <summary>Room, quota and backlog by the watermarks, and what a running system warns of.</summary>
    private static async IAsyncEnumerable<Finding> CapacityAsync(IConfiguration configuration, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = configuration.GetSection(DataOptions.SectionName).Get<DataOptions>()!;
        if (options is { Provider: DatabaseProvider.Sqlite, ConnectionString: null } && !File.Exists(Path.Combine(options.Directory, "echoclr.db")))
            yield break;
        var findings = new List<Finding>();
        try
        {
            await using var services = new ServiceCollection().AddEchoClrData(configuration).BuildServiceProvider();
            var (gauge, capacity) = (services.GetRequiredService<CapacityGauge>(), services.GetRequiredService<CapacityOptions>());
            var state = await gauge.MeasureAsync(cancellationToken) with { MemoryBytes = 0 }; // this process's memory says nothing of the other's
            var quota = capacity.QuotaBytes is { } bytes ? $" of {CapacityGauge.Size(bytes)}" : "";
            var words = $"{CapacityGauge.Size(state.FreeBytes)} free, {CapacityGauge.Size(state.KeptBytes)}{quota} kept, {state.Backlog} of {capacity.MaxBacklog} studies in the backlog, pixels kept for {capacity.Retention.TotalDays:0.#} days";
            findings.Add(gauge.Judge(state, null) is { } pressure ? Finding.Bad("capacity", $"nothing would be taken: {pressure.Detail}; make room, or change the setting")
                : gauge.IsNarrow(state) ? Finding.Doubtful("capacity", $"{words}; the oldest finished studies give up their pixels") : Finding.Good("capacity", words));
            foreach (var warning in await services.GetRequiredService<HealthStore>().ListAsync(cancellationToken))
                findings.Add(Finding.Doubtful($"warning: {warning.Subject}", $"{warning.Detail} (since {warning.RaisedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC)"));
        }
        catch (Exception e) when (e is System.Data.Common.DbException or ArgumentException or IOException or DllNotFoundException)
        {
            findings.Add(Finding.Bad("capacity", e.Message));
        }
        foreach (var finding in findings)
            yield return finding;
    }

    private static async Task<Finding> CodecAsync(CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"echoclr-doctor-{Guid.NewGuid():N}.dcm");
        try
        {
            TwoFrames().Write(path);
            await using var worker = CodecWorker.Start();
            using var frames = await worker.DecodeAsync(path, cancellationToken);
            return frames.Frames == 2 ? Finding.Good("codec worker", "decodes") : Finding.Bad("codec worker", $"gave {frames.Frames} frames of 2; build again");
        }
        catch (Exception e) when (e is CodecException or IOException or System.ComponentModel.Win32Exception)
        {
            return Finding.Bad("codec worker", $"does not decode: {e.Message}; run ./echoclr again, which builds it");
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static DicomFile TwoFrames() => new(new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage).Set(DicomTags.SOPInstanceUID, DicomUid.FromName("doctor"))
        .Set(DicomTags.SamplesPerPixel, 1).Set(DicomTags.PhotometricInterpretation, "MONOCHROME2").Set(DicomTags.NumberOfFrames, 2)
        .Set(DicomTags.Rows, 16).Set(DicomTags.Columns, 16).Set(DicomTags.BitsAllocated, 8).Set(DicomTags.BitsStored, 8).Set(DicomTags.HighBit, 7).Set(DicomTags.PixelRepresentation, 0)
        .SetBytes(DicomTags.PixelData, DicomVr.OB, new byte[2 * 16 * 16]), TransferSyntax.ExplicitVRLittleEndian);

    private static Finding Model(IConfiguration configuration, string kind)
    {
        var folder = Path.Combine(configuration["Inference:Models:Directory"]!, kind);
        try
        {
            var release = ModelRelease.Load(folder);
            using var predictor = new Predictor(release); // loads libtorch
            var manifest = release.Manifest;
            return manifest.Synthetic
                ? Finding.Doubtful($"model {kind}", $"{manifest.Version}, trained on synthetic phantoms: for demonstration and tests only")
                : Finding.Good($"model {kind}", manifest.Version);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or DllNotFoundException)
        {
            return Finding.Bad($"model {kind}", $"cannot be used: {e.Message.TrimEnd('.')}; check Inference:Models:Directory");
        }
    }

    private static IEnumerable<Finding> Listener(IConfiguration configuration)
    {
        var options = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
        Finding settings;
        try
        {
            options.Validate();
            settings = options.Senders.Count == 0
                ? Finding.Doubtful("listener", "nobody may send yet; list senders in Ingest:Listener:Senders")
                : Finding.Good("listener", $"{options.AeTitle} at {options.Address}:{(options.AcceptsPlain ? $"{options.Port}" : "")}{(options.Tls is { } own ? $" TLS {own.Port}" : "")}, senders {string.Join(", ", options.Senders.Select(sender => $"{sender.AeTitle} from {sender.Address}"))}");
        }
        catch (ArgumentException e)
        {
            settings = Finding.Bad("listener", $"{e.Message}; mend the setting");
        }
        yield return settings;
        if (settings.Health != Health.Bad && options.Tls is { } tls)
            yield return CertificateCheck.Of("TLS listener", tls, TimeProvider.System.GetUtcNow());
        if (settings.Health != Health.Bad && options.Port != 0 && IsTaken(IPAddress.Parse(options.Address), options.Port))
            yield return Finding.Doubtful("listener port", $"{options.Port} is in use; fine if EchoClr is up");
    }

    private static bool IsTaken(IPAddress address, int port)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(address, port));
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
