using Subscriptions.Data;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;

namespace Subscriptions.Server.Features.Support;

/// <summary>Disputes, fraud warnings and reversals in words for staff. Pure.</summary>
public static class DisputeWords
{
    /// <summary>What banks and card networks said against the payments of a subscription, and what waits for it.</summary>
    public static IReadOnlyList<string> Of(SubscriptionFile file, PublisherHours hours) =>
    [
        .. file.Invoices.Items.Where(row => row.Contest is not null).Select(row => row.ToInvoice()).SelectMany(invoice => OfInvoice(invoice, hours)),
        .. file.Overview.Contested.Waiting.Select(owed => $"{owed.Amount} of {owed.Replaces} was taken back and will be asked for again as soon as nothing else is owed or on its way out."),
    ];

    /// <summary>How a dispute stands.</summary>
    public static string Stands(Dispute dispute, PublisherHours hours) => dispute.Status switch
    {
        DisputeStatus.Inquiry => $"the bank asks about it, and no money has moved{By(dispute, hours)}",
        DisputeStatus.InquiryClosed => "the bank asked about it and went no further",
        DisputeStatus.Open => $"the bank has taken the money and will decide{By(dispute, hours)}",
        DisputeStatus.Won => "decided for us, and the money came back",
        DisputeStatus.Lost => dispute.Contestable ? "decided against us" : "taken back for good; this kind of payment cannot be contested",
    };

    /// <summary>The same of one invoice.</summary>
    public static IReadOnlyList<string> OfInvoice(Invoice invoice, PublisherHours hours) =>
    [
        .. invoice.Contest.Disputes.Select(d =>
            $"Dispute {d.GatewayId} over {d.Amount} of {invoice.Id} ({d.Reason}{(d.Fee is { } fee ? $", fee {fee}" : "")}): {Stands(d, hours)}."),
        .. invoice.Contest.Warnings.Select(w => $"Fraud warning {w.GatewayId} about {invoice.Id} ({w.FraudType})."),
    ];

    private static string By(Dispute dispute, PublisherHours hours) => dispute.EvidenceDueAt is { } due ? $"; evidence is due by {SupportWords.Moment(due, hours)}" : "";
}
