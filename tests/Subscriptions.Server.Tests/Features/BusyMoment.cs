using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Subscriptions.Server.Tests.Migrations;

namespace Subscriptions.Server.Tests.Features;

/// <summary>Fails commands as the database itself does when it is busy or has chosen them as a deadlock's victim.</summary>
internal sealed class BusyMoment : DbCommandInterceptor
{
    private string[] words = [];
    private int left;

    /// <summary>Whether every failure that was asked for has happened.</summary>
    public bool IsOver => Volatile.Read(ref left) <= 0;

    /// <summary>Fails the next commands that hold all these words, such as a table's name.</summary>
    public void Begin(int failures, params string[] holding)
    {
        if (!IsOver)
        {
            throw new InvalidOperationException("Failures that were asked for before have not happened.");
        }

        words = holding;
        Volatile.Write(ref left, failures);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Meet(command);
        return base.NonQueryExecutingAsync(command, eventData, result, cancellationToken);
    }

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        Meet(command);
        return base.ReaderExecutingAsync(command, eventData, result, cancellationToken);
    }

    private void Meet(DbCommand command)
    {
        if (!IsOver && words.All(word => command.CommandText.Contains(word, StringComparison.Ordinal)) && Interlocked.Decrement(ref left) >= 0)
        {
            throw FailureOf(command.Connection);
        }
    }

    /// <summary>What a database says that cannot do something just now.</summary>
    internal static Exception FailureOf(DbConnection? connection) => connection switch
    {
        SqliteConnection => new SqliteException("database is locked", 5),
        NpgsqlConnection => new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected),
        _ => SqlErrors.Of(1205),
    };
}
