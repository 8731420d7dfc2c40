using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Subscriptions.Bench;

/// <summary>Everything that must not outlive the bench: processes, ended by their ids, and one folder. Also when it is interrupted.</summary>
internal static class Leftovers
{
    private const int Interrupted = 130;
    private static readonly ConcurrentDictionary<int, Process> Running = new();
    private static readonly List<PosixSignalRegistration> Signals = [];
    private static string? _folder;

    /// <summary>A folder of this run, for whatever is written.</summary>
    public static string Folder => _folder ??= Directory.CreateTempSubdirectory("subscriptions-bench-").FullName;

    public static void Watch()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            Signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Clear();
                Environment.Exit(Interrupted);
            }));
        }
    }

    public static Process Start(ProcessStartInfo start)
    {
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        Running[process.Id] = process;
        return process;
    }

    /// <summary>Asks a process to end, and ends it if it does not. Its children (nginx's workers) follow it.</summary>
    public static void End(Process process, TimeSpan patience)
    {
        if (!Running.TryRemove(process.Id, out _) || process.HasExited)
            return;
        using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
            kill.WaitForExit();
        if (!process.WaitForExit(patience))
            process.Kill(entireProcessTree: true);
    }

    public static void Clear()
    {
        foreach (var process in Running.Values)
            End(process, TimeSpan.FromSeconds(5));
        if (_folder is not null && Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }
}
