namespace Subscriptions.Domain.Tests.States;

/// <summary>Every command against every state, as the deciders answer.</summary>
/// <param name="Corner">The word above the commands.</param>
/// <param name="States">Columns.</param>
/// <param name="Commands">Rows; each asks the decider for its cell.</param>
internal sealed record StateTable(string Corner, IReadOnlyList<(string Name, object? State)> States, IEnumerable<(string Name, Func<object, string> Cell)> Commands)
{
    /// <summary>Events by name in their order, a refusal by its code, and a dash where the command was done already or does nothing.</summary>
    public static string Cell<TEvent>(Outcome<TEvent> outcome) => outcome switch
    {
        Outcome<TEvent>.Refused { Refusal.Code: var code } => $"`{code}`",
        Outcome<TEvent>.Accepted { Events.Count: 0 } => "—",
        Outcome<TEvent>.Accepted { Events: var events } => string.Join(", ", events.Select(e => e!.GetType().Name)),
        _ => throw new InvalidOperationException(outcome.GetType().Name),
    };

    /// <summary>The lines of the table in Markdown.</summary>
    public IEnumerable<string> Lines()
    {
        yield return Line([Corner, .. States.Select(s => s.Name)]);
        yield return "|" + string.Concat(Enumerable.Repeat(" --- |", States.Count + 1));
        foreach (var (name, cell) in Commands)
        {
            yield return Line([name, .. States.Select(s => cell(s.State!))]);
        }
    }

    private static string Line(IEnumerable<string> cells) => "| " + string.Join(" | ", cells) + " |";
}
