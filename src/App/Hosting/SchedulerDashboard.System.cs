using Microsoft.AspNetCore.Builder;

namespace EchoClr.App.Hosting;

/// <summary>Quartz.NET brings no dashboard: the portal's schedules and <c>./echoclr schedule list</c> show what is planned.</summary>
internal static class SchedulerDashboard
{
    public static void Map(WebApplication app)
    {
    }
}
