namespace Subscriptions.Sandbox.Faults;

/// <summary>Something that can be made to go wrong.</summary>
/// <param name="Name">As written in <c>POST /faults</c>.</param>
/// <param name="Description">What happens, in a sentence.</param>
/// <param name="TargetMeans">What <c>target</c> narrows it to, or null when it takes none.</param>
public sealed record FaultKind(string Name, string Description, string? TargetMeans);

/// <summary>A wish for a fault.</summary>
/// <param name="Kind">A kind's name.</param>
/// <param name="Times">How often it happens before it clears itself; null until cleared.</param>
/// <param name="Target">What it is narrowed to; null for everything.</param>
public sealed record FaultWish(string Kind, int? Times, string? Target);

/// <summary>A fault that is set.</summary>
/// <param name="Id">Names it for clearing.</param>
/// <param name="Remaining">How often it will still happen; null until cleared.</param>
public sealed record ActiveFault(string Id, string Kind, int? Remaining, string? Target);

/// <summary>A part of the sandbox that can fail on demand. What is set outlives the process.</summary>
public interface IFaultSource
{
    /// <summary>What can be set here.</summary>
    IReadOnlyList<FaultKind> Kinds { get; }

    /// <summary>What is set, oldest first.</summary>
    Task<IReadOnlyList<ActiveFault>> ListAsync();

    /// <summary>Sets one. The kind is one of <see cref="Kinds"/>; throws <see cref="FormatException"/> for an unusable target.</summary>
    Task<ActiveFault> SetAsync(FaultWish wish);

    /// <summary>Clears one, or all of this source when <paramref name="id"/> is null. Whether anything was cleared.</summary>
    Task<bool> ClearAsync(string? id);
}
