using System.Globalization;
using System.Text.Json;
using Subscriptions.Sandbox.Clock;
using Subscriptions.Sandbox.Faults;

namespace Subscriptions.Sandbox.Inbox;

/// <summary>What the inbox can do wrong on purpose.</summary>
public enum MailFaultKind
{
    /// <summary>451 for a recipient: come back later.</summary>
    RefusedTemporarily,

    /// <summary>550 for a recipient: never again.</summary>
    RefusedPermanently,

    /// <summary>The connection is cut: for everybody before the greeting, for one address when it is named.</summary>
    Unreachable,
}

/// <summary>The mail faults that are set, kept in a file so that a restart does not heal them.</summary>
public sealed class MailFaults(string folder) : IFaultSource
{
    private const string MailTarget = "mail";

    private readonly Lock gate = new();
    private readonly string path = Path.Combine(folder, "faults-mail.json");
    private FaultFile? file;

    /// <inheritdoc />
    public IReadOnlyList<FaultTargetInfo> Targets { get; } =
    [
        new(MailTarget, "an e-mail address", null,
        [
            new(nameof(MailFaultKind.RefusedTemporarily), "The inbox answers 451: try again later."),
            new(nameof(MailFaultKind.RefusedPermanently), "The inbox answers 550: no such mailbox."),
            new(nameof(MailFaultKind.Unreachable), "The inbox cuts the connection."),
        ]),
    ];

    /// <inheritdoc />
    public Task<IReadOnlyList<ActiveFault>> ListAsync()
    {
        lock (gate) return Task.FromResult<IReadOnlyList<ActiveFault>>([.. Load().Faults]);
    }

    /// <inheritdoc />
    public Task<(ActiveFault? Fault, string? Refusal)> SetAsync(FaultRequest request)
    {
        if (request.Match is { } match && !match.Contains('@', StringComparison.Ordinal))
            return Task.FromResult<(ActiveFault?, string?)>((null, "Must be an e-mail address, or left out for everybody."));
        lock (gate)
        {
            var now = Load();
            var id = $"mail-{now.Next.ToString(CultureInfo.InvariantCulture)}";
            var fault = new ActiveFault(id, MailTarget, request.Kind!, null, request.Match, request.Count);
            Save(new FaultFile(now.Next + 1, [.. now.Faults, fault]));
            return Task.FromResult<(ActiveFault?, string?)>((fault, null));
        }
    }

    /// <inheritdoc />
    public Task<bool> ClearAsync(string? id)
    {
        lock (gate)
        {
            var now = Load();
            var kept = id is null ? [] : now.Faults.Where(fault => fault.Id != id).ToList();
            if (kept.Count == now.Faults.Count) return Task.FromResult(false);
            Save(now with { Faults = kept });
            return Task.FromResult(true);
        }
    }

    /// <summary>The fault that meets a recipient, used up by one; null when all goes well.</summary>
    public MailFaultKind? Meet(string recipient)
    {
        lock (gate)
        {
            var hit = Load().Faults.FirstOrDefault(fault =>
                fault.Match is null || fault.Match.Equals(recipient, StringComparison.OrdinalIgnoreCase));
            return hit is null ? null : Use(hit);
        }
    }

    /// <summary>Whether a caller is turned away before the greeting.</summary>
    public bool MeetAtTheDoor()
    {
        lock (gate)
        {
            var hit = Load().Faults.FirstOrDefault(fault =>
                fault.Match is null && fault.Kind == nameof(MailFaultKind.Unreachable));
            return hit is not null && Use(hit) == MailFaultKind.Unreachable;
        }
    }

    private MailFaultKind Use(ActiveFault hit)
    {
        if (hit.Remaining is { } remaining)
        {
            var now = Load();
            var rest = remaining > 1
                ? now.Faults.Select(fault => fault.Id == hit.Id ? hit with { Remaining = remaining - 1 } : fault)
                : now.Faults.Where(fault => fault.Id != hit.Id);
            Save(now with { Faults = [.. rest] });
        }

        return Enum.Parse<MailFaultKind>(hit.Kind);
    }

    private FaultFile Load() => file ??= DurableFile.Read(path) is { } json
        ? JsonSerializer.Deserialize<FaultFile>(json) ?? FaultFile.Empty
        : FaultFile.Empty;

    private void Save(FaultFile next)
    {
        DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(next));
        file = next;
    }

    private sealed record FaultFile(int Next, List<ActiveFault> Faults)
    {
        public static readonly FaultFile Empty = new(1, []);
    }
}
