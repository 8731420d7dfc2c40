using Subscriptions.Domain;
using Subscriptions.Domain.Dunning;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Plans;
using Subscriptions.Server.Adapters.Smtp;
using Subscriptions.Server.Adapters.Stripe;
using Subscriptions.Server.Features.Reconciliation;

namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Every setting of the service, read and judged once at start. See <c>docs/settings.md</c>.</summary>
public sealed class ServerSettings
{
    /// <summary>Who publishes, and the hours of the day.</summary>
    public required PublisherSettings Publisher { get; init; }

    /// <summary>The payment gateway.</summary>
    public required StripeSettings Stripe { get; init; }

    /// <summary>The mail server.</summary>
    public required SmtpSettings Smtp { get; init; }

    /// <summary>Where rows are kept.</summary>
    public required DatabaseSettings Database { get; init; }

    /// <summary>The websites that the middleware gates.</summary>
    public required IReadOnlyList<SiteSettings> Sites { get; init; }

    /// <summary>What is sold, without version numbers.</summary>
    public required IReadOnlyList<PlanVersion> Plans { get; init; }

    /// <summary>How payment problems are handled, without a version number.</summary>
    public required DunningPolicy Dunning { get; init; }

    /// <summary>What is done about disputed payments.</summary>
    public required DisputePolicy Disputes { get; init; }

    /// <summary>Settings that nobody asks for, in sections of ours: misspelt ones above all.</summary>
    public required IReadOnlyList<string> Unknown { get; init; }

    /// <summary>Seconds of wall time between two looks of a recurring job.</summary>
    public required int LookEverySeconds { get; init; }

    /// <summary>When and how far back our records are compared with the gateway's.</summary>
    public required ReconciliationSettings Reconciliation { get; init; }

    /// <summary>Made at start when there is no member of staff yet; null when not asked for.</summary>
    public FirstStaffSettings? FirstStaff { get; init; }

    /// <summary>The webhook inbox.</summary>
    public required WebhookSettings Webhooks { get; init; }

    /// <summary>When our own incidents freeze all payment problems.</summary>
    public Domain.Incidents.IncidentThresholds Incidents { get; init; } = new();

    /// <summary>Who may report what became of mails.</summary>
    public MailFeedbackSettings MailFeedback { get; init; } = new() { Secrets = [] };

    /// <summary>Most days for which a person may pause one payment problem.</summary>
    public int PauseDaysAtMost { get; init; } = 60;

    /// <summary>What the gate lets through beside subscriptions.</summary>
    public GateSettings Gate { get; init; } = new();

    /// <summary>Places of learning, libraries and companies with a contract.</summary>
    public InstitutionsSettings Institutions { get; init; } = new([], TimeSpan.FromDays(365));

    /// <summary>How far one reader's sign-ins may be shared.</summary>
    public SharingSettings Sharing { get; init; } = new(null);

    /// <summary>Who may call the API.</summary>
    public required ApiSettings Api { get; init; }
}

/// <summary>The publisher.</summary>
/// <param name="Name">As readers know it; it heads and signs every mail.</param>
/// <param name="Address">The service's own public address, without a path; links in mails begin with it.</param>
/// <param name="Hours">The publisher's zone and the hours at which days take effect.</param>
public sealed record PublisherSettings(string Name, Uri Address, PublisherHours Hours)
{
    /// <summary>Most subscriptions that are ended for non-payment on one day; null: no limit.</summary>
    public int? EndingsPerDay { get; init; }
}

/// <summary>Which database server holds the rows.</summary>
public enum DatabaseProvider
{
    /// <summary>One file; one machine.</summary>
    Sqlite,

    /// <summary>PostgreSQL, 15 or later.</summary>
    PostgreSql,

    /// <summary>Microsoft SQL Server.</summary>
    SqlServer,
}

/// <summary>The database. A class, not a record, so that printing it can never print a password.</summary>
public sealed class DatabaseSettings
{
    /// <summary>The kind.</summary>
    public required DatabaseProvider Provider { get; init; }

    /// <summary>As the provider's client wants it.</summary>
    public required string ConnectionString { get; init; }
}

/// <summary>One website.</summary>
/// <param name="Id">Its short name, the audience of its reader passes.</param>
/// <param name="Name">As readers know it.</param>
/// <param name="Origins">Scheme, host and port under which it is reached, without a trailing slash.</param>
/// <param name="Key">The hash of the key with which its middleware calls us.</param>
/// <param name="Rules">What its addresses ask, for web servers that ask us, and for support.</param>
public sealed record SiteSettings(string Id, string Name, IReadOnlyList<string> Origins, KeyHash Key, IReadOnlyList<Paywall.PathRule> Rules);

/// <summary>How far one reader's sign-ins may be shared.</summary>
/// <param name="MostSessions">Most of one reader's sign-ins that live at once; null: no limit.</param>
public sealed record SharingSettings(int? MostSessions);

/// <summary>The keys of the API.</summary>
/// <param name="Keys">Hashes; more than one during a rotation.</param>
public sealed record ApiSettings(IReadOnlyList<KeyHash> Keys);
