using System.Data.Common;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace EchoClr.App.Hosting;

/// <summary>Tells the audit trail that this process began and ended. Registered first, it starts before every other service and stops after them.</summary>
internal sealed partial class AuditedLife(AuditTrail audit, Roles roles, ILogger<AuditedLife> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => TellAsync(started: true, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => TellAsync(started: false, CancellationToken.None);

    private async Task TellAsync(bool started, CancellationToken cancellationToken)
    {
        try
        {
            await audit.RecordAsync(AuditEvents.Application(started, roles.ToString()), cancellationToken);
        }
        // A full disk must not keep us from starting: retention is what makes room. No patient's data is used by starting.
        catch (DbException exception) when (Database.IsFull(exception))
        {
            NotTold(logger, started, exception.Message);
        }
    }

    [LoggerMessage(7001, LogLevel.Error, "The audit trail could not be told of this start or end (started: {Started}): there is no room. {Reason}")]
    private static partial void NotTold(ILogger logger, bool started, string reason);
}
