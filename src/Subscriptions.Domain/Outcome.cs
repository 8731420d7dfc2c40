namespace Subscriptions.Domain;

/// <summary>What a decider says: what happens, or why it does not.</summary>
public abstract record Outcome<TEvent>
{
    /// <summary>The events, in order. None means that the command was already done: a repetition does nothing.</summary>
    public sealed record Accepted(IReadOnlyList<TEvent> Events) : Outcome<TEvent>;

    /// <summary>A named refusal that can be shown to a person.</summary>
    public sealed record Refused(Refusal Refusal) : Outcome<TEvent>;

    /// <summary>Accepts with these events.</summary>
    public static Outcome<TEvent> Accept(params IReadOnlyList<TEvent> events) => new Accepted(events);

    /// <summary>Refuses by name.</summary>
    public static implicit operator Outcome<TEvent>(Refusal refusal) => new Refused(refusal);
}

/// <summary>Why a command was not carried out.</summary>
/// <param name="Code">Stable, in lower case with hyphens; part of the problem type.</param>
/// <param name="Reason">A sentence for a person.</param>
public sealed record Refusal(string Code, string Reason);
