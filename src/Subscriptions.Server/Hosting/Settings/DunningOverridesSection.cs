using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Dunning:Overrides</c> and <c>Dunning:Paydays</c>.</summary>
internal static class DunningOverridesSection
{
    private static readonly string[] _kinds = ["card", "bacs_debit", "paypal"];

    /// <summary>The overrides in their order; null when there are none, so that a policy without them reads as it always did.</summary>
    public static IReadOnlyList<DunningOverride>? Read(SettingsReader read)
    {
        List<DunningOverride> all = [.. read.Entries("Dunning:Overrides").Select(entry => Override(read, entry))];
        return all.Count == 0 ? null : all;
    }

    /// <summary>The paydays; null when none are given.</summary>
    public static PaydayPreference? Paydays(SettingsReader read)
    {
        var days = read.Texts("Dunning:Paydays:DaysOfMonth");
        var within = read.Number("Dunning:Paydays:WithinDays", 2, 1, 7, "days");
        if (days.Count == 0)
        {
            return null;
        }

        var numbers = days.Select(text => int.TryParse(text, out var day) && day is >= 1 and <= 31 ? day : 0).ToArray();
        if (numbers.Contains(0))
        {
            read.Fail("Dunning:Paydays:DaysOfMonth", "has something that is no day of a month. Write whole numbers from 1 to 31, such as 25, 28, 31; 31 means the last day.");
        }

        return new(numbers, within);
    }

    private static DunningOverride Override(SettingsReader read, string entry) => new(
        read.Required($"{entry}:Name", "a short name for it, by which a case says that it runs on this timetable.") ?? entry,
        OneOf<DeclineClass>(read, $"{entry}:DeclineClass"), Kind(read, $"{entry}:MethodKind"), OneOf<PlanInterval>(read, $"{entry}:Interval"),
        read.Optional($"{entry}:AfterTrial") is null ? null : read.Flag($"{entry}:AfterTrial", false),
        new DunningTimetable(
            DunningSection.RetryDays(read, $"{entry}:RetryDays", []),
            Day(read, entry, nameof(DunningTimetable.PaymentFailedDay)), Day(read, entry, nameof(DunningTimetable.ActNowDay)),
            Day(read, entry, nameof(DunningTimetable.DueToTerminateDay)), Day(read, entry, nameof(DunningTimetable.EndDay))));

    private static int Day(SettingsReader read, string entry, string day)
    {
        var setting = $"{entry}:{day}";
        return read.Required(setting, "a whole number of days from the first decline, 0 to 180.") is null ? 0 : read.Number(setting, 0, 0, 180, "days");
    }

    private static T? OneOf<T>(SettingsReader read, string setting) where T : struct, Enum
    {
        if (read.Optional(setting) is not { } text)
        {
            return null;
        }

        // Numbers are no names, although the framework would take them.
        if (Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return Enum.Parse<T>(text, ignoreCase: true);
        }

        read.Fail(setting, $"is {SettingsReader.Shown(text)}. Write one of {string.Join(", ", Enum.GetNames<T>())}, or leave it out.");
        return null;
    }

    private static string? Kind(SettingsReader read, string setting)
    {
        var text = read.Optional(setting);
        if (text is not null && !_kinds.Contains(text))
        {
            read.Fail(setting, $"is {SettingsReader.Shown(text)}. Write one of {string.Join(", ", _kinds)}, or leave it out.");
        }

        return text;
    }
}
