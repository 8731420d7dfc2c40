using Subscriptions.Server.Features.Reconciliation;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>
/// Reads the settings at start. Either all of them are good, or every failure is named with what to write there, and
/// the host prints them and exits with <see cref="ExitCode"/>.
/// </summary>
public static class SettingsValidation
{
    /// <summary>What the process exits with when settings stop the start.</summary>
    public const int ExitCode = 1;

    /// <summary>Reads everything. Null, with all failures in the order of the file, when anything is wrong.</summary>
    public static ServerSettings? TryRead(IConfiguration configuration, out IReadOnlyList<SettingFailure> failures, HostParts? parts = null)
    {
        parts ??= new DefaultParts();
        var found = new List<SettingFailure>();
        failures = found;
        var asked = new AskedSettings(configuration);
        var reader = new SettingsReader(asked, found);
        var publisher = PublisherSection.Read(reader);
        var stripe = StripeSection.Read(reader);
        var smtp = SmtpSection.Read(reader, publisher?.Name, parts.MailsWithImplicitTls(asked));
        var database = DatabaseSection.Read(reader);
        var sites = SitesSection.Read(reader);
        var api = ApiSection.Read(reader, sites);
        var plans = PlansSection.Read(reader);
        var staff = StaffSection.Read(reader);
        var look = reader.Number("Jobs:LookEverySeconds", 1, 1, 3600, "seconds");
        var webhooks = WebhooksSection.Read(reader);
        var dunning = DunningSection.Read(reader);
        var disputes = DisputesSection.Read(reader);
        var reconciliation = new ReconciliationSettings(
            reader.Time("Reconciliation:At", new TimeOnly(4, 0)), reader.Number("Reconciliation:WindowDays", 7, 1, 90, "days"),
            reader.Number("Reconciliation:GraceMinutes", 15, 5, 240, "minutes"));
        var pause = reader.Number("Dunning:PauseDaysAtMost", 60, 1, Domain.Dunning.DunningPause.MostDays, "days");
        var incidents = IncidentsSection.Read(reader);
        var gate = GateSection.Read(reader, publisher);
        var feedback = MailSection.Read(reader);
        var institutions = InstitutionsSection.Read(reader);
        var sharing = new SharingSettings(reader.Optional("Sharing:MostSessions") is null ? null : reader.Number("Sharing:MostSessions", 3, 1, 100, "sign-ins"));
        found.AddRange(parts.Read(asked, database));
        if (found.Count > 0)
        {
            // Whoever mends the rest would start without what a misspelt one was to say. What is wrong may have kept the rest of its own section from being read.
            var broken = found.Select(failure => SectionOf(failure.Setting)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            found.AddRange(asked.Unknown().Where(setting => !broken.Contains(SectionOf(setting))).Select(setting => new SettingFailure(setting, "is not known and has no effect: is it misspelt?")));
        }

        return found.Count == 0 && publisher is not null && stripe is not null && smtp is not null && database is not null
            ? new ServerSettings { Publisher = publisher, Stripe = stripe, Smtp = smtp, Database = database, Sites = sites, Api = api, Plans = plans, Dunning = dunning, Disputes = disputes, LookEverySeconds = look, FirstStaff = staff, Reconciliation = reconciliation, Webhooks = webhooks, Incidents = incidents, MailFeedback = feedback, Gate = gate, Institutions = institutions, Sharing = sharing, PauseDaysAtMost = pause, Unknown = asked.Unknown() }
            : null;
    }

    private static string SectionOf(string setting) => setting.Split(':')[0];

    /// <summary>Prints the failures for the person who starts the service.</summary>
    public static void Print(IReadOnlyList<SettingFailure> failures, TextWriter output)
    {
        output.WriteLine(failures.Count == 1 ? "The service did not start. One setting needs attention:"
            : $"The service did not start. {failures.Count} settings need attention:");
        foreach (var failure in failures)
        {
            output.WriteLine($"  {failure}");
        }

        output.WriteLine("Settings come from appsettings.json, environment variables (Stripe__SecretKey) and arguments (--Stripe:SecretKey=…).");
    }
}
