using System.Globalization;

namespace Subscriptions.Server.Features.Mail.Templates;

/// <summary>A mail's content, said once and rendered twice: as text and as HTML.</summary>
/// <param name="Subject">One line.</param>
/// <param name="Heading">The heading of the body.</param>
/// <param name="ReaderName">Whom it greets.</param>
/// <param name="Paragraphs">Plain text, in order.</param>
/// <param name="Facts">Labels with their values, shown between the paragraphs and the links.</param>
/// <param name="Links">Labels with their addresses; the first is the main one.</param>
public sealed record Letter(
    string Subject, string Heading, string ReaderName, IReadOnlyList<string> Paragraphs,
    IReadOnlyList<(string Label, string Value)> Facts, IReadOnlyList<(string Label, Uri Address)> Links)
{
    /// <summary>A date as readers see it, such as <c>Tuesday 1 December 2026</c>, whatever the machine's language.</summary>
    public static string Date(DateOnly date) => date.ToString("dddd d MMMM yyyy", CultureInfo.InvariantCulture);
}
