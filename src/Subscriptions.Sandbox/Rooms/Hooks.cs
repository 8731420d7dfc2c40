namespace Subscriptions.Sandbox.Rooms;

/// <summary>What a seeder works with.</summary>
/// <param name="Panel">The panel's services: the Stripe simulator, the clock, the inbox.</param>
/// <param name="Service">The service's own services.</param>
public sealed record SeedingContext(SandboxOptions Options, IServiceProvider Panel, IServiceProvider Service);

/// <summary>Fills an empty sandbox. Called at every start and after a reset; it finds out by itself what is missing.</summary>
public interface ISandboxSeeder
{
    /// <summary>The service is built and not yet started.</summary>
    Task BeforeServiceStartsAsync(SeedingContext context, CancellationToken stopping);

    /// <summary>The service answers; the newspaper is not open yet.</summary>
    Task AfterServiceStartedAsync(SeedingContext context, CancellationToken stopping);
}

/// <summary>A part of the panel's process that keeps something in the sandbox's folder and can forget it.</summary>
public interface IResettable
{
    /// <summary>Forgets everything. The service and the newspaper are closed meanwhile.</summary>
    Task ClearAsync();
}

/// <summary>The rooms that run in this process, for parts that need another room's services.</summary>
public sealed class RunningRooms
{
    /// <summary>The service, once it is built, if this process hosts it.</summary>
    public WebApplication? Service { get; internal set; }

    /// <summary>The newspaper, once it is built, if this process hosts it.</summary>
    public WebApplication? Newspaper { get; internal set; }
}

/// <summary>How a reset ended.</summary>
public enum ResetOutcome
{
    Done,

    /// <summary>The clock is being moved, or another reset is under way.</summary>
    Busy,

    /// <summary>The service runs in another process, which has to be stopped first.</summary>
    ServiceElsewhere,
}
