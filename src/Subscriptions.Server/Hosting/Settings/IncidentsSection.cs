using Subscriptions.Domain.Incidents;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Incidents</c>: when our own incidents freeze all payment problems.</summary>
internal static class IncidentsSection
{
    public static IncidentThresholds Read(SettingsReader read)
    {
        var usual = new IncidentThresholds();
        return new IncidentThresholds
        {
            LeastTries = read.Number("Incidents:LeastTries", usual.LeastTries, 5, 100_000, "first tries"),
            SurgePoints = read.Number("Incidents:SurgePoints", usual.SurgePoints, 5, 90, "percentage points"),
            UsualPercent = read.Number("Incidents:UsualPercent", usual.UsualPercent, 0, 90, "percent"),
            WindowHours = read.Number("Incidents:WindowHours", usual.WindowHours, 1, 24, "hours"),
            LeastUnanswered = read.Number("Incidents:LeastUnanswered", usual.LeastUnanswered, 2, 100_000, "calls or mails"),
            OutagePercent = read.Number("Incidents:OutagePercent", usual.OutagePercent, 20, 100, "percent"),
            LagMinutes = read.Number("Incidents:LagMinutes", usual.LagMinutes, 10, 1440, "minutes"),
            LeastMinutes = read.Number("Incidents:LeastMinutes", usual.LeastMinutes, 1, 1440, "minutes"),
            MostDays = read.Number("Incidents:MostDays", usual.MostDays, 1, 30, "days"),
            QuietHours = read.Number("Incidents:QuietHours", usual.QuietHours, 1, 168, "hours"),
        };
    }
}
