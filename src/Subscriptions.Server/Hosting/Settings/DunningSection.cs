using Subscriptions.Domain.Dunning;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Dunning</c>: four timetables, overrides of them, paydays, and whether access closes in the third stage. A policy that breaks a rule stops the start with that rule's own words.</summary>
internal static class DunningSection
{
    public static DunningPolicy Read(SettingsReader read)
    {
        var policy = new DunningPolicy(
            "",
            Timetable(read, nameof(DunningPolicy.TimeMayHeal), new([1, 3, 7, 10, 14, 18, 22, 26], 3, 10, 18, 27)),
            Timetable(read, nameof(DunningPolicy.ReaderMustAct), new([], 0, 4, 10, 17)),
            Timetable(read, nameof(DunningPolicy.AfterTrialTimeMayHeal), new([1, 3, 7], 1, 4, 7, 10)),
            Timetable(read, nameof(DunningPolicy.AfterTrialReaderMustAct), new([], 0, 4, 7, 10)),
            DunningOverridesSection.Read(read),
            DunningOverridesSection.Paydays(read))
        {
            ClosesInThirdStage = read.Flag("Dunning:CloseInThirdStage", false),
        };
        foreach (var broken in policy.BrokenRules())
        {
            read.Fail($"Dunning:{broken[..broken.IndexOf(':', StringComparison.Ordinal)]}", $"breaks a rule. {broken[(broken.IndexOf(':', StringComparison.Ordinal) + 2)..]}");
        }

        return policy;
    }

    private static DunningTimetable Timetable(SettingsReader read, string name, DunningTimetable fallback)
    {
        var section = $"Dunning:{name}";
        int Day(string day, int usual) => read.Number($"{section}:{day}", usual, 0, 180, "days");
        return new DunningTimetable(
            RetryDays(read, $"{section}:RetryDays", fallback.RetryDays),
            Day(nameof(DunningTimetable.PaymentFailedDay), fallback.PaymentFailedDay), Day(nameof(DunningTimetable.ActNowDay), fallback.ActNowDay),
            Day(nameof(DunningTimetable.DueToTerminateDay), fallback.DueToTerminateDay), Day(nameof(DunningTimetable.EndDay), fallback.EndDay));
    }

    internal static IReadOnlyList<int> RetryDays(SettingsReader read, string setting, IReadOnlyList<int> fallback)
    {
        var texts = read.Texts(setting);
        if (texts.Count == 0)
        {
            return fallback;
        }

        List<int> days = [];
        foreach (var text in texts)
        {
            if (int.TryParse(text, out var day))
            {
                days.Add(day);
            }
            else
            {
                read.Fail(setting, $"has {SettingsReader.Shown(text)}. Write whole days from the first decline, such as {(fallback.Count == 0 ? "1, 3, 7" : string.Join(", ", fallback))}.");
            }
        }

        return days;
    }
}
