using Subscriptions.Server.Hosting;

namespace Subscriptions.Sandbox.Clock;

/// <summary>
/// Billing time that can be moved. It lives in a small file of the sandbox's folder, which all its processes share;
/// between moves it runs at wall speed, and while no keeper runs it stands. It never goes back, except when the
/// sandbox begins anew.
/// </summary>
public sealed class SandboxClock : BillingClock, IDisposable
{
    /// <summary>How often the file is looked at for moves made by other processes.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(15);

    /// <summary>How far ahead the keeper promises to run; also the most by which a crash moves the clock on.</summary>
    public static readonly TimeSpan Lead = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BeatEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly string path;
    private readonly TimeProvider wall;
    private readonly FileStream? keepersLock;
    private readonly ManualResetEvent ending = new(false);
    private readonly Thread watch;
    private ClockReading reading;
    private DateTimeOffset latest;
    private DateTimeOffset lastBeat;
    private bool ended;

    private SandboxClock(string folder, TimeProvider wall, bool keep, DateTimeOffset? startAt)
    {
        this.wall = wall;
        Directory.CreateDirectory(folder);
        path = Path.Combine(folder, "clock");
        keepersLock = keep ? TakeLock(path + ".keeper") : null;
        reading = ReadFile() ?? Begin(startAt, moves: 0, epoch: 0);
        if (keepersLock is not null) GoOn();
        watch = new Thread(Watch) { IsBackground = true, Name = "sandbox clock" };
        watch.Start();
    }

    /// <summary>Opens the clock of a folder, which starts at the current wall time if the folder is new.</summary>
    /// <param name="keep">Whether this process keeps it running: the panel's does. Of several, the first is the keeper.</param>
    /// <param name="startAt">Where a new folder's clock starts instead.</param>
    public static SandboxClock Open(string folder, TimeProvider wall, bool keep, DateTimeOffset? startAt = null) =>
        new(folder, wall, keep, startAt);

    /// <summary>Raised after every move, whichever process made it.</summary>
    public event EventHandler? Changed;

    /// <summary>Whether this process keeps the clock running, and so may move it.</summary>
    public bool IsKeeper => keepersLock is not null;

    /// <inheritdoc />
    public override DateTimeOffset Now
    {
        get
        {
            lock (gate)
            {
                var now = reading.At(wall.GetUtcNow());
                return latest = now > latest ? now : latest;
            }
        }
    }

    /// <summary>
    /// Moves the clock on to an instant, or leaves it where it is if that has passed. The new time is on the disk
    /// before anybody can read it.
    /// </summary>
    public void MoveTo(DateTimeOffset to)
    {
        lock (gate)
        {
            if (to <= Now) return;
            Save(Running(to.ToUniversalTime(), reading.Moves + 1, reading.Epoch));
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Begins anew, at the current wall time or at the given instant: the one way back.</summary>
    public void StartAnew(DateTimeOffset? at)
    {
        lock (gate)
        {
            latest = default;
            Save(Running((at ?? wall.GetUtcNow()).ToUniversalTime(), reading.Moves + 1, reading.Epoch + 1));
        }

        Changed?.Invoke(this, EventArgs.Empty);
    }

    /// <summary>Stops the clock where it is.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (ended) return;
            ended = true;
        }

        ending.Set();
        watch.Join();
        if (keepersLock is not null)
        {
            var now = wall.GetUtcNow();
            Save(reading with { Billing = Now, Wall = now, Until = now });
            keepersLock.Dispose();
        }

        ending.Dispose();
    }

    private void Watch()
    {
        while (!ending.WaitOne(LookEvery))
        {
            var moved = IsKeeper ? Beat() : Look();
            if (moved) Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    private bool Beat()
    {
        lock (gate)
        {
            var now = wall.GetUtcNow();
            var turnedBack = now < lastBeat;
            if (now - lastBeat < BeatEvery && !turnedBack) return false;
            lastBeat = now;
            var unbroken = !turnedBack && now <= reading.Until;
            Save(unbroken ? reading with { Until = now + Lead } : Running(Now, reading.Moves, reading.Epoch));
            return false;
        }
    }

    private bool Look()
    {
        if (ReadFile() is not { } found) return false;
        lock (gate)
        {
            if (found == reading) return false;
            var moved = found.Moves != reading.Moves;
            if (found.Epoch != reading.Epoch) latest = default;
            reading = found;
            return moved;
        }
    }

    private void GoOn()
    {
        var lastKnown = reading.At(wall.GetUtcNow());
        Save(Running(lastKnown, reading.Moves, reading.Epoch));
    }

    private ClockReading Begin(DateTimeOffset? startAt, long moves, long epoch)
    {
        var first = Running((startAt ?? wall.GetUtcNow()).ToUniversalTime(), moves, epoch);
        DurableFile.Write(path, first.ToLine());
        return first;
    }

    private ClockReading Running(DateTimeOffset billing, long moves, long epoch)
    {
        var now = wall.GetUtcNow();
        return new ClockReading(billing, now, now + Lead, moves, epoch);
    }

    private void Save(ClockReading next)
    {
        DurableFile.Write(path, next.ToLine());
        reading = next;
    }

    private ClockReading? ReadFile() => DurableFile.Read(path) is { } line
        ? ClockReading.Parse(line) ?? throw new InvalidDataException($"The clock file {path} is damaged. Remove it to start at the current time.")
        : null;

    private static FileStream? TakeLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
