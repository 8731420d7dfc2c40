using Subscriptions.Domain.Incidents;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>How a publisher has set its service up, by the seed.</summary>
internal sealed record Habits(IReadOnlyDictionary<string, string?> Settings)
{
    /// <summary>Nothing but what is set anyhow.</summary>
    public static Habits Plain { get; } = new(new Dictionary<string, string?>());

    /// <summary>When incidents freeze: a handful of readers makes no surge by the limits of a newspaper.</summary>
    public static IncidentThresholds Alarms { get; } = new() { LeastTries = 2, WindowHours = 24, SurgePoints = 40, LeastUnanswered = 2, MostDays = 5 };

    /// <summary>Those of a seed; in the life of each third one access closes with the third notice.</summary>
    public static Habits By(int seed, Random chance)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Disputes:WhileOpen"] = chance.Next(3) == 0 ? "Suspend" : "Keep",
            ["Disputes:WhenLost"] = chance.Next(4) switch { 0 => "End", 1 => "Keep", _ => "RaiseReplacement" },
            ["Disputes:OnFraudWarning"] = chance.Next(3) switch { 0 => "Refund", 1 => "Nothing", _ => "Task" },
        };
        if (chance.Next(3) == 0)
        {
            settings["Publisher:Calendar:ClosedWeekends"] = "true";
            settings["Publisher:Calendar:BankHolidays"] = "EnglandAndWales";
            settings["Publisher:Calendar:ClosedRanges:0"] = "12-24..01-02";
        }

        if (chance.Next(4) == 0)
        {
            settings["Publisher:EndingsPerDay"] = "1";
        }

        settings["Dunning:CloseInThirdStage"] = seed % 3 == 0 ? "true" : "false";
        return new(settings);
    }
}
