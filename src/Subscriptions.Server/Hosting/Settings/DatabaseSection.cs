using System.Data.Common;

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
        if (text is not null && !Fits(provider, text))
        {
            read.Fail("Database:ConnectionString", $"is no connection string for {provider}. Write one such as {example}.");
        }

        return text is null ? null : new DatabaseSettings { Provider = provider, ConnectionString = text };
    }

    private static bool Fits(DatabaseProvider provider, string text)
    {
        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = text };
            return provider switch
            {
                DatabaseProvider.Sqlite => Has(parts, "Data Source", "DataSource", "Filename"),
                DatabaseProvider.PostgreSql => Has(parts, "Host", "Server") && Has(parts, "Database", "DB"),
                DatabaseProvider.SqlServer => Has(parts, "Server", "Data Source", "Address", "Addr", "Network Address")
                    && Has(parts, "Database", "Initial Catalog"),
            };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool Has(DbConnectionStringBuilder parts, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (parts.TryGetValue(name, out var value) && value is string { Length: > 0 })
            {
                return true;
            }
        }

        return false;
    }
}
