namespace Subscriptions.Server.Hosting.Settings;

/// <summary>Reads <c>Database</c>. The connection string is never repeated: it may hold a password.</summary>
internal static class DatabaseSection
{
    private const string SqliteExample = "\"Data Source=var/subscriptions.db\"";
    private const string PostgreSqlExample = "\"Host=…;Database=subscriptions;Username=…;Password=…\"";
    private const string SqlServerExample = "\"Server=…;Database=Subscriptions;User Id=…;Password=…\"";

    public static DatabaseSettings? Read(SettingsReader read)
    {
        var name = read.Optional("Database:Provider") ?? nameof(DatabaseProvider.Sqlite);
        if (!Enum.TryParse<DatabaseProvider>(name, ignoreCase: true, out var provider) || !Enum.IsDefined(provider) || char.IsAsciiDigit(name[0]))
        {
            read.Fail("Database:Provider", $"is {SettingsReader.Shown(name)}. Write \"Sqlite\", \"PostgreSql\" or \"SqlServer\".");
            return null;
        }

        var example = provider switch
        {
            DatabaseProvider.Sqlite => SqliteExample,
            DatabaseProvider.PostgreSql => PostgreSqlExample,
            DatabaseProvider.SqlServer => SqlServerExample,
        };
        var text = read.Required("Database:ConnectionString", $"a connection string for {provider}, such as {example}.");
        if (text is not null && DatabaseSetup.ProviderOf(provider).ConnectionStringProblem(text) is { } problem)
        {
            read.Fail("Database:ConnectionString", $"is no connection string for {provider} ({problem}). Write one such as {example}.");
        }

        return text is null ? null : new DatabaseSettings { Provider = provider, ConnectionString = text };
    }
}
