using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Sends back what was asked to go back, each refund once: what the gateway holds is read first, and a refund of ours is
/// known there by its reference, so one whose answer was lost is recorded and never made again.
/// </summary>
public sealed class MakeRefunds(IPaymentGateway gateway, BillingUnits units)
{
    private const int MostKeys = 10;

    /// <summary>What the gateway keeps beside a refund of ours.</summary>
    public static string ReferenceOf(InvoiceId invoice, int number) => $"{invoice.Value}:{number}";

    /// <summary>Reads what the gateway holds, and makes what is still to be made. True when nothing is left to be asked.</summary>
    public async Task<bool> RunAsync(Invoice invoice)
    {
        if (await LookAsync(invoice) is not { } known)
        {
            return false;
        }

        if (known.Contest.IsOpen)
        {
            // The bank may give the same money back: what is to go back waits until the dispute is decided.
            await CameToNothingAsync(invoice.Id);
            return false;
        }

        foreach (var number in known.Refunds.Where(r => r.State == RefundState.Requested).Select(r => r.Number))
        {
            if (!await MakeAsync(invoice.Id, number))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Records how every refund of the invoice stands at the gateway, those that were made there by hand too. Null when it does not answer.</summary>
    public async Task<Invoice?> LookAsync(Invoice invoice)
    {
        var found = new List<(string Intent, RefundSnapshot Refund)>();
        foreach (var intent in invoice.Attempts.Where(a => a.State == AttemptState.Succeeded).Select(a => a.PaymentIntentId).Distinct())
        {
            var answer = await gateway.FindRefundsAsync(intent);
            if (answer is not GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered { Value: var made })
            {
                // Refused, the same question brings the same answer: staff are told, and it is asked once a day.
                await (answer is GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Refused refused
                    ? RefusedAsync(invoice.Id, $"The gateway refused to tell the refunds of {intent} for {invoice.Id}, so that none can be made: {refused.Code}: {refused.Message}")
                    : CameToNothingAsync(invoice.Id));
                return null;
            }

            // Oldest first, as they happened.
            found.AddRange(made.Reverse().Select(refund => (intent, refund)));
        }

        var changed = await units.ChangeAsync(invoice.Id, Actors.System, unit =>
        {
            unit.CollectWorked = true;
            foreach (var (intent, refund) in found)
            {
                Record(unit, intent, refund);
            }

            // While one is still to be made, what comes to nothing stretches the wait.
            unit.CollectTries = unit.Invoice!.HasRefundToMake ? unit.CollectTries : 0;

            return unit;
        });
        return changed?.Invoice;
    }

    private async Task<bool> MakeAsync(InvoiceId id, int number)
    {
        // Read again: a refund made by hand, found a moment ago, may have taken this one's place.
        await using var read = await units.ReadAsync(id);
        if (read?.Invoice?.Refunds.FirstOrDefault(r => r.Number == number) is not { State: RefundState.Requested } refund)
        {
            return true;
        }

        switch (await AskAsync(id, refund))
        {
            case GatewayAnswer<RefundSnapshot>.Answered { Value: var made }:
                await ChangeAsync(id, unit => Record(unit, refund.PaymentIntentId, made with { Reference = ReferenceOf(id, number) }));
                return true;
            case GatewayAnswer<RefundSnapshot>.Refused refused:
                // For good: the same question would get the same answer. People find another way.
                await ChangeAsync(id, unit => unit.Must(new InvoiceCommand.RecordRefundRefused(number, refused.Code)));
                return true;
            default:
                await CameToNothingAsync(id);
                return false;
        }
    }

    private async Task<GatewayAnswer<RefundSnapshot>> AskAsync(InvoiceId id, Refund refund)
    {
        var (key, reference) = ($"refund:{id.Value}:{refund.Number}", ReferenceOf(id, refund.Number));
        var answer = await gateway.RefundAsync(refund.PaymentIntentId, refund.Amount, reference, key);
        for (var again = 2; answer is GatewayAnswer<RefundSnapshot>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            // The gateway keeps its own failure under the key. Only when it shows no refund of ours, another key is used.
            if (await gateway.FindRefundsAsync(refund.PaymentIntentId) is not GatewayAnswer<IReadOnlyList<RefundSnapshot>>.Answered { Value: var found })
            {
                return answer;
            }

            answer = found.FirstOrDefault(r => r.Reference == reference) is { } made
                ? new GatewayAnswer<RefundSnapshot>.Answered(made)
                : await gateway.RefundAsync(refund.PaymentIntentId, refund.Amount, reference, $"{key}:{again}");
        }

        return answer;
    }

    private static void Record(BillingUnit unit, string paymentIntentId, RefundSnapshot refund)
    {
        var invoice = unit.Invoice!;
        int? number = invoice.Refunds.FirstOrDefault(r => ReferenceOf(invoice.Id, r.Number) == refund.Reference)?.Number;
        unit.Must(new InvoiceCommand.RecordRefund(number, refund.Id, paymentIntentId, refund.Amount, refund.State));
    }

    private Task ChangeAsync(InvoiceId id, Action<BillingUnit> change) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.CollectTries = 0;
        change(unit);
        return unit;
    });

    private Task RefusedAsync(InvoiceId id, string text) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectRefused($"{id.Value}:refunds", text);
        return unit;
    });

    private Task CameToNothingAsync(InvoiceId id) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.CollectTries++;
        return unit;
    });
}
