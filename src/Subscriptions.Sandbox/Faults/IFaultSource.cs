using System.Text.Json.Serialization;

namespace Subscriptions.Sandbox.Faults;

/// <summary>One way of going wrong.</summary>
/// <param name="Name">As written in <c>POST /faults</c>.</param>
/// <param name="Description">What happens, in a sentence.</param>
public sealed record FaultKindInfo(string Name, string Description);

/// <summary>A part that can be made to fail, and how.</summary>
/// <param name="Target">As written in <c>POST /faults</c>.</param>
/// <param name="MatchMeans">What <c>match</c> narrows a fault to.</param>
/// <param name="OperationMeans">What <c>operation</c> narrows it to, or null when this target knows none.</param>
public sealed record FaultTargetInfo(string Target, string MatchMeans, string? OperationMeans, IReadOnlyList<FaultKindInfo> Kinds);

/// <summary>The body of <c>POST /faults</c>.</summary>
/// <param name="Target">One of the targets that <c>GET /faults.json</c> lists.</param>
/// <param name="Kind">One of that target's kinds.</param>
/// <param name="Operation">Narrows the fault to an operation, where the target knows any.</param>
/// <param name="Match">Narrows the fault: an e-mail address for mail, an id for the gateway. Left out: everything.</param>
/// <param name="Count">How often, 1 to 1000. Left out: until cleared.</param>
/// <param name="HoldSeconds">Gateway: wall time for which a connection is held.</param>
/// <param name="DelayMinutes">Webhooks: billing time by which a delivery is delayed.</param>
/// <param name="Code">Bank: the decline's code.</param>
/// <param name="SharePercent">Bank: how many of a hundred charges are declined, 1 to 100. Left out: all.</param>
/// <param name="ForHours">Billing time after which the fault ends by itself. Left out: when it is cleared.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record FaultRequest(
    string? Target, string? Kind, string? Operation = null, string? Match = null, int? Count = null, double? HoldSeconds = null, int? DelayMinutes = null,
    string? Code = null, int? SharePercent = null, int? ForHours = null);

/// <summary>A fault that is set.</summary>
/// <param name="Id">Names it for clearing.</param>
/// <param name="Remaining">How often it will still happen; null until cleared.</param>
/// <param name="Code">The decline's code, where banks decline.</param>
/// <param name="SharePercent">How many of a hundred are struck; null for all.</param>
/// <param name="Until">Billing time at which it ends by itself; null until cleared.</param>
public sealed record ActiveFault(
    string Id, string Target, string Kind, string? Operation, string? Match, int? Remaining, string? Code = null, int? SharePercent = null, DateTimeOffset? Until = null);

/// <summary>A part of the sandbox that can fail on demand. What is set outlives the process.</summary>
public interface IFaultSource
{
    /// <summary>What can be set here.</summary>
    IReadOnlyList<FaultTargetInfo> Targets { get; }

    /// <summary>What is set, oldest first.</summary>
    Task<IReadOnlyList<ActiveFault>> ListAsync();

    /// <summary>Sets one of <see cref="Targets"/>' kinds, or says in a sentence why it cannot be.</summary>
    Task<(ActiveFault? Fault, string? Refusal)> SetAsync(FaultRequest request);

    /// <summary>Clears one, or all of this source when <paramref name="id"/> is null. Whether anything was cleared.</summary>
    Task<bool> ClearAsync(string? id);
}
