using static Subscriptions.Domain.Ledger.LedgerAccount;

namespace Subscriptions.Domain.Ledger;

/// <summary>What the gateway booked on the balance that it keeps for us.</summary>
public enum GatewayBooking
{
    /// <summary>A payment came in.</summary>
    Payment,

    /// <summary>A refund went out.</summary>
    Refund,

    /// <summary>A refund came back, because the reader's bank did not take it.</summary>
    RefundFailure,

    /// <summary>A bank took a payment back, or gave it back to us.</summary>
    Dispute,

    /// <summary>A fee by itself, beside those kept from payments.</summary>
    Fee,

    /// <summary>Money went to our bank.</summary>
    Payout,

    /// <summary>A payout came back from our bank.</summary>
    PayoutFailure,

    /// <summary>Anything else.</summary>
    Other,
}

/// <summary>One booking on our balance at the gateway.</summary>
/// <param name="Id">The gateway's id.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Amount">Before its fee; negative when money left the balance.</param>
/// <param name="Fee">Minor units kept by the gateway, in the amount's currency.</param>
/// <param name="SourceId">The charge, refund, dispute or payout behind it.</param>
/// <param name="At">When it was booked.</param>
public sealed record GatewayTransaction(string Id, GatewayBooking Kind, Money Amount, long Fee, string? SourceId, DateTimeOffset At);

/// <summary>
/// What the gateway's own bookings post. Payments and refunds are posted with our events; what only the gateway knows (fees,
/// disputes, payouts) is posted when its booking is first read.
/// </summary>
public static class GatewayPostings
{
    /// <summary>The set of a booking; null when it moves no money that is not posted already.</summary>
    public static LedgerSet? For(GatewayTransaction booked)
    {
        Move[] moves = [.. Moves(booked).Append(new Move(Gateway, Fees, booked.Fee)).Where(move => move.Amount != 0)];
        return moves.Length == 0 ? null : new LedgerSet(booked.Id, booked.Kind.ToString(), booked.Amount.Currency, booked.At, moves) { GatewayId = booked.SourceId };
    }

    private static IEnumerable<Move> Moves(GatewayTransaction booked) => booked.Kind switch
    {
        GatewayBooking.Payment or GatewayBooking.Refund or GatewayBooking.RefundFailure => [],
        GatewayBooking.Dispute => [new(Disputes, Gateway, booked.Amount.Amount)],
        GatewayBooking.Fee => [new(Fees, Gateway, booked.Amount.Amount)],
        GatewayBooking.Payout or GatewayBooking.PayoutFailure => [new(Bank, Gateway, booked.Amount.Amount)],
        GatewayBooking.Other => [new(GatewayOther, Gateway, booked.Amount.Amount)],
    };
}
