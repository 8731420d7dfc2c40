using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Stripe.Ledger;

/// <summary>
/// The durable ledger. Everything that changes it goes through one writer, which takes what is waiting, runs
/// each piece under its own savepoint, commits once, and only then answers: parallel requests share one flush
/// to the disk, and none is answered before its effect would survive a power cut.
/// </summary>
internal sealed class LedgerFile : IAsyncDisposable
{
    /// <summary>Pieces of work that may share one commit.</summary>
    private const int BatchSize = 64;

    /// <summary>Pieces of work that may wait for the writer before callers are held back.</summary>
    private const int QueueSize = 4096;

    private readonly Channel<Work> queue = Channel.CreateBounded<Work>(QueueSize);
    private readonly string connectionString;
    private readonly StripeSimulatorOptions options;
    private readonly BillingClock clock;
    private readonly SqlSession writer;
    private readonly byte[] seed;
    private readonly Task writing;

    public LedgerFile(StripeSimulatorOptions options, BillingClock clock, TimeProvider time)
    {
        Directory.CreateDirectory(options.DataFolder);
        connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(options.DataFolder, "stripe.db"),
            DefaultTimeout = 30,
        }.ToString();
        this.options = options;
        this.clock = clock;
        writer = new SqlSession(connectionString);
        writer.Run(LedgerSchema.Pragmas);
        writer.Run(LedgerSchema.Create);
        writer.Run("INSERT OR IGNORE INTO meta(name, number) VALUES('ids', 0)");
        writer.Run("INSERT OR IGNORE INTO meta(name, text) VALUES('seed', @p0)",
            options.Seed ?? RandomNumberGenerator.GetHexString(32));
        writer.Run("DELETE FROM idempotency WHERE saved_at <= @p0", (time.GetUtcNow() - Api.IdempotencyKeys.Life).ToUnixTimeMilliseconds());
        seed = System.Text.Encoding.UTF8.GetBytes(writer.Scalar<string>("SELECT text FROM meta WHERE name = 'seed'")!);
        writing = Task.Run(WriteLoopAsync);
    }

    /// <summary>Raised after a commit that may have left something to deliver or to do.</summary>
    public event Action? Committed;

    /// <summary>Billing time.</summary>
    public DateTimeOffset Now => clock.Now;

    /// <summary>Runs work in a transaction and returns once it is durable. Work that throws leaves no trace.</summary>
    public async Task<T> WriteAsync<T>(Func<LedgerTransaction, T> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        T result = default!;
        await queue.Writer.WriteAsync(new Work(
            transaction => result = work(transaction),
            () => done.SetResult(result),
            failure => done.SetException(failure)));
        return await done.Task;
    }

    /// <summary>Runs work in a transaction and returns once it is durable.</summary>
    public Task WriteAsync(Action<LedgerTransaction> work) =>
        WriteAsync(transaction =>
        {
            work(transaction);
            return true;
        });

    /// <summary>Reads what is committed, beside the writer.</summary>
    public T Read<T>(Func<LedgerTransaction, T> read)
    {
        using var session = new SqlSession(connectionString);
        return read(new LedgerTransaction(session, options, seed, clock.Now));
    }

    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await writing;
        writer.Dispose();
        SqliteConnection.ClearPool(new SqliteConnection(connectionString));
    }

    private async Task WriteLoopAsync()
    {
        var batch = new List<Work>(BatchSize);
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < BatchSize && queue.Reader.TryRead(out var work))
            {
                batch.Add(work);
            }

            CommitTogether(batch);
        }
    }

    private void CommitTogether(List<Work> batch)
    {
        var finished = new List<Action>(batch.Count);
        try
        {
            writer.Run("BEGIN IMMEDIATE");
            batch.ForEach(work => finished.Add(RunOne(work)));
            writer.Run("COMMIT");
        }
        catch (SqliteException failure)
        {
            TryRollBack();
            finished = [.. batch.Select(work => (Action)(() => work.Failed(failure)))];
        }

        finished.ForEach(answer => answer());
        Committed?.Invoke();
    }

    private Action RunOne(Work work)
    {
        writer.Run("SAVEPOINT work");
        try
        {
            work.Run(new LedgerTransaction(writer, options, seed, clock.Now));
            writer.Run("RELEASE work");
            return work.Succeeded;
        }
        catch (Exception failure)
        {
            writer.Run("ROLLBACK TO work");
            writer.Run("RELEASE work");
            return () => work.Failed(failure);
        }
    }

    private void TryRollBack()
    {
        try
        {
            writer.Run("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself; there is nothing left to undo.
        }
    }

    private sealed record Work(Action<LedgerTransaction> Run, Action Succeeded, Action<Exception> Failed);
}
