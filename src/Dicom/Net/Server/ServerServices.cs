using System.Globalization;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.UpperLayer;
using EchoClr.Dicom.Ports;
using Microsoft.Extensions.Logging;

namespace EchoClr.Dicom.Net.Server;

/// <summary>The DIMSE services that an association offers, one message after the other (we decline the asynchronous operations window).</summary>
internal sealed class ServerServices(
    Guid associationId, AssociateRqPdu rq, DimseChannel channel, DicomServerOptions options, IDicomServerHandler handler, LineBudget refusalLines, TimeProvider time, ILogger log, CancellationToken aborted)
{
    private readonly long _began = time.GetTimestamp();
    private long _lastWork = time.GetTimestamp();
    private volatile bool _busy;
    private CommitmentService? _commitment;

    public int InstancesStored { get; private set; }

    /// <summary>Since the last object, commitment request or report that was taken; a C-ECHO or a refused request is no work.</summary>
    public TimeSpan IdleFor => _busy ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref _lastWork));

    private CommitmentService Commitment => _commitment ??= new CommitmentService(associationId, rq, channel, handler, CallHandlerAsync, options.IdleTimeout, aborted);

    /// <summary>Serves until something other than a command comes, and returns that.</summary>
    public async ValueTask<UpperLayerIndication> RunAsync()
    {
        while (true)
        {
            var received = await channel.ReceiveCommandAsync(options.IdleTimeout).ConfigureAwait(false);
            if (received is not { Context: { } context, Command: { } command })
                return received.End;
            if (command.IsResponse && await Commitment.TryTakeAnswerAsync(context, command).ConfigureAwait(false))
                continue;
            if (command.IsResponse)
                throw new DimseViolationException($"a response ({(ushort)command.Field:X4}H) came to nothing that we asked");
            if (command.Field == CommandField.CCancelRq)
                continue; // PS3.7 9.3.2.3: no response; nothing we serve is cancellable, and no data set follows
            if (command.MessageId is null)
                throw new DimseViolationException($"a request ({(ushort)command.Field:X4}H) has no Message ID");
            _busy = true;
            await ServeAsync(context, command).ConfigureAwait(false);
            _busy = false;
            if (time.GetElapsedTime(_began) >= options.MaxAssociationTime)
                return new UpperLayerIndication(IndicationKind.Cancelled, null, $"open for {options.MaxAssociationTime.TotalHours:0.#} h");
        }
    }

    private async ValueTask ServeAsync(AcceptedContext context, CommandSet command)
    {
        CommitmentRequest? accepted = null;
        var status = command.Field switch
        {
            CommandField.CEchoRq => await AfterDiscardingAsync(context, command, DimseStatus.Success).ConfigureAwait(false),
            CommandField.CStoreRq => await StoreAsync(context, command).ConfigureAwait(false),
            CommandField.NEventReportRq => await EventReportAsync(context, command).ConfigureAwait(false),
            CommandField.NActionRq => await ActAsync().ConfigureAwait(false),
            _ => await AfterDiscardingAsync(context, command, new DimseStatus(StatusCodes.UnrecognizedOperation, "unrecognized operation")).ConfigureAwait(false),
        };
        if (status.IsSuccess && command.Field is CommandField.CStoreRq or CommandField.NEventReportRq or CommandField.NActionRq)
            Volatile.Write(ref _lastWork, time.GetTimestamp());
        if (!status.IsSuccess && refusalLines.TrySpend(out var leftOut))
            log.NotSuccess(associationId, Name(command.Field), status, leftOut);
        using var step = DicomTracing.Source.StartActivity(DicomTracing.Respond);
        await channel.SendAsync(context.Id, command.Respond(status)).ConfigureAwait(false);
        if (accepted is not null)
            await Commitment.ReportAsync(context, accepted).ConfigureAwait(false);

        async ValueTask<DimseStatus> ActAsync()
        {
            (var answer, accepted) = await Commitment.TakeRequestAsync(context, command).ConfigureAwait(false);
            return answer;
        }
    }

    private async ValueTask<DimseStatus> StoreAsync(AcceptedContext context, CommandSet command)
    {
        if (RefusedStore(context, command) is { } refusal)
            return await AfterDiscardingAsync(context, command, refusal).ConfigureAwait(false);

        var request = new StoreRequest(associationId, rq.CallingAeTitle, rq.CalledAeTitle, command.AffectedSopClassUid!, command.AffectedSopInstanceUid!, context.TransferSyntax);
        // Disposing deletes the file unless the handler moved it: an abort anywhere below leaves nothing behind.
        using var file = CreateFile(request);
        if (file is null)
            return await AfterDiscardingAsync(context, command, new DimseStatus(StatusCodes.OutOfResources, "no place to store")).ConfigureAwait(false);

        await channel.ReceiveDatasetAsync(context, file, options.MaxDatasetLength, options.IdleTimeout).ConfigureAwait(false);
        file.Complete();
        if (file.Failure is { } failure)
        {
            log.WriteFailed(associationId, failure);
            return new DimseStatus(StatusCodes.OutOfResources, "the object could not be written");
        }
        var status = await CallHandlerAsync("storing", () => handler.StoreAsync(file.Describe(request), aborted)).ConfigureAwait(false);
        if (status.IsSuccess || status.IsWarning)
            InstancesStored++;
        return status;
    }

    private StoreFile? CreateFile(StoreRequest request)
    {
        try
        {
            return handler.CreateStoreFile(request) is { } path ? StoreFile.Create(path, request) : null;
        }
        catch (Exception e) // the application's code or the disk; either way this instance has no place
        {
            log.HandlerFailed(associationId, "making a file", e);
            return null;
        }
    }

    private static DimseStatus? RefusedStore(AcceptedContext context, CommandSet command)
    {
        // Otherwise any accepted context would let any SOP class in.
        if (command.AffectedSopClassUid != context.AbstractSyntax)
            return new DimseStatus(StatusCodes.SopClassNotSupported, "SOP class is not that of the presentation context");
        if (command.AffectedSopInstanceUid is not { } uid || !IsUidText(uid))
            return new DimseStatus(StatusCodes.InvalidSopInstance, "SOP instance UID is missing or not a UID");
        if (!command.HasDataset)
            return new DimseStatus(StatusCodes.MistypedArgument, "no data set follows");
        return null;
    }

    // Lenient: leading zeros and the like are the data's own business. Digits and dots alone keep a peer's text out of headers and logs.
    private static bool IsUidText(string uid) => uid.Length is > 0 and <= 64 && uid.All(c => char.IsAsciiDigit(c) || c == '.');

    private async ValueTask<DimseStatus> EventReportAsync(AcceptedContext context, CommandSet command)
    {
        if (context.AbstractSyntax != StorageCommitment.SopClassUid || command.AffectedSopClassUid != StorageCommitment.SopClassUid)
            return await AfterDiscardingAsync(context, command, new DimseStatus(StatusCodes.NoSuchSopClass, "no such SOP class")).ConfigureAwait(false);
        if (!StorageCommitment.IsReport(command))
            return await AfterDiscardingAsync(context, command, new DimseStatus(StatusCodes.NoSuchEventType, "no such event type")).ConfigureAwait(false);

        var (report, refusal) = await StorageCommitment.ReceiveReportAsync(channel, context, options.IdleTimeout).ConfigureAwait(false);
        return report is null
            ? refusal
            : await CallHandlerAsync("taking a commitment report", () => handler.CommitmentReportedAsync(report, aborted)).ConfigureAwait(false);
    }

    private async ValueTask<DimseStatus> AfterDiscardingAsync(AcceptedContext context, CommandSet command, DimseStatus status)
    {
        if (command.HasDataset)
            await channel.ReceiveDatasetAsync(context, new DiscardedDataset(), options.MaxDatasetLength, options.IdleTimeout).ConfigureAwait(false);
        return status;
    }

    private async ValueTask<DimseStatus> CallHandlerAsync(string doing, Func<ValueTask<DimseStatus>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            throw new AssociationEndedException(new UpperLayerIndication(IndicationKind.Cancelled, null, "the association was ended from our side"));
        }
        catch (Exception e) // the application's code: whatever it throws is a failure of this one request
        {
            log.HandlerFailed(associationId, doing, e);
            return new DimseStatus(StatusCodes.ProcessingFailure, "processing failure");
        }
    }

    private static string Name(CommandField field) => Enum.IsDefined(field) ? field.ToString() : ((ushort)field).ToString("X4", CultureInfo.InvariantCulture) + "H";
}
