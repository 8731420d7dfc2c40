using Microsoft.EntityFrameworkCore;
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

    /// <summary>How many database connections may still be opened before the power goes; null while nobody pulls the plug.</summary>
    public int? PlugIn { get; set; }

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

    public PowerCutException Kill()
    {
        Crashes++;
        Dead = true;
        PlugIn = null;
        return new PowerCutException();
    }

    public void Connect()
    {
        CheckPower();
        if (PlugIn is { } left && (PlugIn = left - 1) == 0)
        {
            throw Kill();
        }

        if (++connections > MostConnections)
        {
            Spinning = true;
            throw Kill();
        }
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
        if (exception is not (null or PowerCutException))
        {
            machine.Bugs.Add($"{formatter(state, exception)}: {exception}");
        }
    }
}

/// <summary>Opens contexts while the machine has power.</summary>
internal sealed class PoweredDatabases(DbContextOptions<SubscriptionsDb> options, Machine machine) : IDbContextFactory<SubscriptionsDb>
{
    public SubscriptionsDb CreateDbContext()
    {
        machine.Connect();
        return new SubscriptionsDb(options);
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
