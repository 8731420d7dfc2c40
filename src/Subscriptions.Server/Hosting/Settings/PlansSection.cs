using Subscriptions.Domain;
using Subscriptions.Domain.Plans;
using Subscriptions.Paywall;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads the list <c>Plans</c>. The version is given by the catalog, when the content is new.</summary>
internal static class PlansSection
{
    private const int MaxPrice = 10_000_000;

    public static IReadOnlyList<PlanVersion> Read(SettingsReader read)
    {
        var entries = read.Entries("Plans");
        if (entries.Count == 0)
        {
            read.Fail("Plans", "is empty. Write at least one plan with Id, Name, Price, Currency and Interval.");
        }

        List<PlanVersion> plans = [.. entries.Select(entry => ReadOne(read, entry)).OfType<PlanVersion>()];
        foreach (var twin in plans.GroupBy(p => p.PlanId).Where(g => g.Count() > 1))
        {
            read.Fail("Plans", $"has {SettingsReader.Shown(twin.Key)} twice. Write each Id once.");
        }

        return plans;
    }

    private static PlanVersion? ReadOne(SettingsReader read, string entry)
    {
        var id = read.Required($"{entry}:Id", "a short name of small letters, digits and hyphens, such as \"digital-monthly\".");
        if (id is not null && (id.Length > 60 || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')))
        {
            read.Fail($"{entry}:Id", $"is {SettingsReader.Shown(id)}. Write small letters, digits and hyphens.");
        }

        var name = read.Required($"{entry}:Name", "what readers call the plan.");
        var currency = read.Required($"{entry}:Currency", "an ISO 4217 code such as \"GBP\".");
        if (currency is not null && !Money.KnownCurrencies.ContainsKey(currency))
        {
            read.Fail($"{entry}:Currency", $"is {SettingsReader.Shown(currency)}. Write one of {string.Join(", ", Money.KnownCurrencies.Keys)}.");
        }

        if (read.Optional($"{entry}:Price") is null)
        {
            read.Fail($"{entry}:Price", "is missing. Write the price of one period in minor units (pence, cents), such as 999.");
        }

        var price = read.Number($"{entry}:Price", 999, 30, MaxPrice, "minor units");
        var count = read.Number($"{entry}:IntervalCount", 1, 1, 24, "intervals");
        var trial = read.Number($"{entry}:TrialDays", 0, 0, 365, "days");
        var tax = read.Number($"{entry}:TaxRateBasisPoints", 0, 0, 10_000, "hundredths of a percent");
        int? seats = read.Optional($"{entry}:Seats") is null ? null
            : read.Number($"{entry}:Seats", 5, PlanVersion.FewestSeats, PlanVersion.MostSeats, "readers besides the subscriber");
        return id is null || name is null || currency is null
            ? null
            : new PlanVersion("", id, 0, name, new Money(price, currency), Interval(read, entry), count, trial,
                Entitlements(read, entry), read.Optional($"{entry}:TaxCode") ?? "", tax)
            { Seats = seats };
    }

    private static IReadOnlyList<string> Entitlements(SettingsReader read, string entry)
    {
        var names = read.Texts($"{entry}:Entitlements");
        foreach (var name in names.Where(name => !CanBeAskedFor(name)))
        {
            read.Fail($"{entry}:Entitlements", $"has {SettingsReader.Shown(name)}, which no website could ask for. Write names of 1 to 64 letters, digits, hyphens, underscores or full stops.");
        }

        return names;
    }

    // "+" joins two names in a requirement, so a name with one would be asked for as two others.
    private static bool CanBeAskedFor(string name) =>
        Requirement.TryParse($"subscriber:{name}", out _) && !name.Contains('+', StringComparison.Ordinal);

    private static PlanInterval Interval(SettingsReader read, string entry)
    {
        var text = read.Optional($"{entry}:Interval") ?? nameof(PlanInterval.Month);
        if (Enum.TryParse<PlanInterval>(text, out var interval) && Enum.IsDefined(interval) && !char.IsAsciiDigit(text[0]))
        {
            return interval;
        }

        read.Fail($"{entry}:Interval", $"is {SettingsReader.Shown(text)}. Write \"Month\" or \"Year\".");
        return PlanInterval.Month;
    }
}
