namespace Subscriptions.Sandbox.Inbox;

/// <summary>One message as one recipient got it.</summary>
/// <param name="Id">Rises with every arrival.</param>
/// <param name="To">The address of the envelope.</param>
/// <param name="From">The sender of the envelope.</param>
/// <param name="Subject">Decoded.</param>
/// <param name="Text">The plain part, decoded; empty if there is none.</param>
/// <param name="Html">The HTML part, decoded; empty if there is none.</param>
/// <param name="ReceivedAt">Billing time of the arrival.</param>
/// <param name="MessageId">As the sender gave it, without angle brackets; empty if there is none.</param>
public sealed record StoredMail(
    string Id, string To, string From, string Subject, string Text, string Html, DateTimeOffset ReceivedAt, string MessageId);
