using Microsoft.Data.Sqlite;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>One SQLite connection with its prepared statements. Parameters are positional: <c>@p0</c>, <c>@p1</c>…</summary>
internal sealed class SqlSession : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, SqliteCommand> prepared = new(StringComparer.Ordinal);

    public SqlSession(string connectionString)
    {
        connection = new SqliteConnection(connectionString);
        connection.Open();
    }

    public int Run(string sql, params ReadOnlySpan<object?> values) => Command(sql, values).ExecuteNonQuery();

    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> values) =>
        Command(sql, values).ExecuteScalar() is { } value and not DBNull ? (T)value : default;

    public List<T> Rows<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
    {
        using var reader = Command(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(map(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (var command in prepared.Values)
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private SqliteCommand Command(string sql, ReadOnlySpan<object?> values)
    {
        if (!prepared.TryGetValue(sql, out var command))
        {
            command = connection.CreateCommand();
#pragma warning disable CA2100 // Statements are constants of this folder; every value travels as a parameter.
            command.CommandText = sql;
#pragma warning restore CA2100
            prepared.Add(sql, command);
        }

        command.Parameters.Clear();
        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters.AddWithValue($"@p{index}", values[index] ?? DBNull.Value);
        }

        return command;
    }
}
