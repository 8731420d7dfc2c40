using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Logging;
using Subscriptions.Data;
using Subscriptions.Server.Hosting;
using Subscriptions.Server.Hosting.Jobs;

namespace Subscriptions.Server.Tests.Simulation;

/// <summary>The machine's power: killed anywhere, nothing of the process does anything any more, not even in a finally.</summary>
internal sealed class Machine
{
    // More units of work than that within one moment of time: the process is going round in circles.
    private const int MostConnections = 1500;

    private int connections;

    public bool Dead { get; private set; }

    public int Crashes { get; private set; }

    /// <summary>How many points may still be passed before the power goes; null while nobody pulls the plug.</summary>
    public int? PlugIn { get; set; }

    /// <summary>Where the power went, and how often.</summary>
    public Dictionary<PowerPoint, int> CutAt { get; } = [];

    /// <summary>What the jobs met that was neither an answer nor a power cut: bugs, every one of them.</summary>
    public List<string> Bugs { get; } = [];

    /// <summary>Set when the process span; nothing but a bug does that.</summary>
    public bool Spinning { get; private set; }

    public void NewMoment() => connections = 0;

    public void Restart() => (Dead, PlugIn, connections) = (false, null, 0);

    public void CheckPower()
    {
        if (Dead)
        {
            throw new PowerCutException();
        }
    }

    /// <summary>Passes a point at which the power may go: before or after something that outlives the process.</summary>
    public void Pass(PowerPoint point)
    {
        CheckPower();
        if (PlugIn is { } left && (PlugIn = left - 1) == 0)
        {
            throw Kill(point);
        }
    }

    public PowerCutException Kill(PowerPoint point)
    {
        Crashes++;
        CutAt[point] = CutAt.GetValueOrDefault(point) + 1;
        Dead = true;
        PlugIn = null;
        return new PowerCutException();
    }

    public void Connect()
    {
        Pass(PowerPoint.BeforeRead);
        if (++connections > MostConnections)
        {
            Spinning = true;
            throw Kill(PowerPoint.BeforeRead);
        }
    }
}

/// <summary>Where a process can be killed.</summary>
internal enum PowerPoint
{
    BeforeRead,
    BeforeSave,
    AfterSave,
    BeforeCommit,
    AfterCommit,
    BeforeUpdate,
    AfterUpdate,
    BeforeGatewayCall,
    AfterGatewayCall,
    BeforeMail,
    AfterMail,
}

/// <summary>Lets the power go before and after whatever a context writes, and lets the dead write nothing.</summary>
internal sealed class PoweredWrites(Machine machine) : DbCommandInterceptor, IDbTransactionInterceptor, ISaveChangesInterceptor
{
    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
        machine.CheckPower();
        return ValueTask.FromResult(result);
    }

    public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.BeforeUpdate);
        return ValueTask.FromResult(result);
    }

    public override ValueTask<int> NonQueryExecutedAsync(
        DbCommand command, CommandExecutedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.AfterUpdate);
        return ValueTask.FromResult(result);
    }

    public ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.BeforeSave);
        return ValueTask.FromResult(result);
    }

    public ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.AfterSave);
        return ValueTask.FromResult(result);
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.BeforeCommit);
        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        machine.Pass(PowerPoint.AfterCommit);
        return Task.CompletedTask;
    }
}

/// <summary>What SIGKILL does, seen from inside.</summary>
internal sealed class PowerCutException() : Exception("The process was killed here.");

/// <summary>Takes note of every exception that a job survives.</summary>
internal sealed class BugLog(Machine machine) : ILogger<DueWorkRunner>
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // After a cut everything fails, each in its own way.
        if (exception is not null && !machine.Dead)
        {
            machine.Bugs.Add($"{formatter(state, exception)}: {exception}");
        }
    }
}

/// <summary>Opens contexts while the machine has power.</summary>
internal sealed class PoweredDatabases(DbContextOptions<SubscriptionsDb> options, Machine machine) : IDbContextFactory<SubscriptionsDb>
{
    private readonly PooledDbContextFactory<SubscriptionsDb> pool = new(
        new DbContextOptionsBuilder<SubscriptionsDb>(options).AddInterceptors(new PoweredWrites(machine)).Options);

    public SubscriptionsDb CreateDbContext()
    {
        machine.Connect();
        return pool.CreateDbContext();
    }
}

/// <summary>Billing time, moved from due moment to due moment.</summary>
internal sealed class SimulatedClock : BillingClock
{
    public DateTimeOffset At { get; set; }

    public override DateTimeOffset Now => At;
}

/// <summary>Wall time, which goes with the billing clock in production and stays behind in a sandbox.</summary>
internal sealed class SimulatedWall : TimeProvider
{
    public DateTimeOffset At { get; set; }

    public override DateTimeOffset GetUtcNow() => At;
}
