using System.Text.RegularExpressions;
using Subscriptions.Migrations.SqlServer;
using Subscriptions.Server.Hosting.Settings;

namespace Subscriptions.Production.Hangfire;

/// <summary>How Hangfire runs. A class, not a record, so that printing it can never print a password.</summary>
public sealed class HangfireSettings
{
    /// <summary>The SQL Server database that holds Hangfire's own tables.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The schema of those tables.</summary>
    public string Schema { get; init; } = "HangFire";

    /// <summary>Seconds of wall time between two looks of a recurring job: a divisor of 60, or whole minutes that divide an hour, up to 1800.</summary>
    public int LookEverySeconds { get; init; } = 15;

    /// <summary>Jobs that run at once in this process, 1 to 100.</summary>
    public int Workers { get; init; } = 20;

    /// <summary>Hours for which a finished run stays on the dashboard, 1 to 168.</summary>
    public int KeepHours { get; init; } = 2;
}

/// <summary>Reads <c>Hangfire</c>.</summary>
internal static partial class HangfireSection
{
    public static HangfireSettings? Read(SettingsReader read, DatabaseSettings? database)
    {
        if (database is { Provider: not DatabaseProvider.SqlServer })
        {
            read.Fail("Database:Provider", $"is {database.Provider}. This host keeps Hangfire's records on SQL Server: write SqlServer, or run the default host.");
        }

        var schema = read.Optional("Hangfire:Schema") ?? "HangFire";
        if (!SchemaPattern().IsMatch(schema))
        {
            read.Fail("Hangfire:Schema", $"is {SettingsReader.Shown(schema)}. Write a name of letters, digits and underscores, such as \"HangFire\".");
        }

        var look = read.Number("Hangfire:LookEverySeconds", 15, 1, 1800, "seconds");
        if (HangfireSetup.CronOf(look) is null)
        {
            read.Fail("Hangfire:LookEverySeconds", $"is {look}. Write a number that divides 60, such as 15, or whole minutes that divide an hour, up to 1800.");
        }

        var own = read.Optional("Hangfire:ConnectionString");
        if (own is not null && SqlServerDatabase.Provider.ConnectionStringProblem(own) is { } problem)
        {
            read.Fail("Hangfire:ConnectionString", $"is no connection string for SQL Server ({problem}). Write one such as \"Server=…;Database=…;User Id=…;Password=…\", or leave it out.");
        }

        var workers = read.Number("Hangfire:Workers", 20, 1, 100, "jobs");
        var keep = read.Number("Hangfire:KeepHours", 2, 1, 168, "hours");
        return database is null ? null : new HangfireSettings
        {
            ConnectionString = own ?? database.ConnectionString,
            Schema = schema,
            LookEverySeconds = look,
            Workers = workers,
            KeepHours = keep,
        };
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex SchemaPattern();
}
