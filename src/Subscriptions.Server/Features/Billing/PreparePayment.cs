using System.Security.Cryptography;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;
using Subscriptions.Server.Features.Reconciliation;
using Subscriptions.Server.Hosting;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Creates the invoice's PaymentIntent, unconfirmed, and saves its id before anything is attempted. A replacement gets
/// the next number, and only after the former was read as cancelled, so that never two of them can take money.
/// </summary>
public sealed class PreparePayment(
    IPaymentGateway gateway, BillingUnits units, GatewayCustomers customers, ForgetPayer forget, CancelPayment cancel, CollectingGate gate, PublisherHours hours, BillingClock clock)
{
    private const int MostKeys = 10;
    private const string Missing = "resource_missing";

    // Within it the gateway still knows the key of a PaymentIntent that it may have made for the invoice; later only a look tells.
    private const int KeyHours = 20;

    /// <summary>True when the PaymentIntent is there and saved.</summary>
    /// <param name="invoice">The invoice.</param>
    /// <param name="contract">What raised it.</param>
    /// <param name="method">What is to be charged.</param>
    /// <param name="again">True when it came to nothing before, so that something may be there already, made for another kind of method.</param>
    public async Task<bool> RunAsync(Invoice invoice, Contract contract, PaymentMethodRow method, bool again)
    {
        var number = (invoice.PaymentIntent?.Number ?? 0) + 1;
        var payer = await customers.PayerAsync(contract.ReaderId);
        if (payer is not GatewayAnswer<string>.Answered { Value: var customer })
        {
            // Staff have been told of a refusal already; here it only means that nothing is tried again on this day.
            await CameToNothingAsync(invoice.Id, null, refused: payer is GatewayAnswer<string>.Refused);
            return false;
        }

        var request = new NewPaymentIntent(customer, invoice.AmountDue, contract.Id.Value, invoice.Id.Value, method.Kind, invoice.Lines[0].Description);
        var look = await LookAsync(request, invoice, number, again);
        if (look.Done is { } done)
        {
            return done;
        }

        var lost = await customers.HasLostMethodsAsync(contract.ReaderId);
        switch (look.Found ?? await CreateAsync(request, invoice, number, lost))
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: var created }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.CollectGoesOn = true;
                    unit.CollectTries = unit.CollectTries >= CollectionSchedule.RefusedTries ? 0 : unit.CollectTries;
                    unit.Do(new InvoiceCommand.RecordPaymentIntentCreated(number, created.Id, created.Amount, MethodKinds.Of(created.MethodKind ?? method.Kind)));
                    return unit;
                });
                return true;
            case GatewayAnswer<PaymentSnapshot>.Refused { Code: Missing } when await forget.IfGoneAsync(contract.ReaderId, customer):
                return true;
            case GatewayAnswer<PaymentSnapshot>.Refused refused:
                await CameToNothingAsync(invoice.Id, $"{refused.Code}: {refused.Message}");
                return false;
            default:
                await CameToNothingAsync(invoice.Id, null);
                return false;
        }
    }

    /// <summary>
    /// Shuts a PaymentIntent of a payer who was deleted at the gateway, so that one of the reader's present payer takes its place;
    /// money that it had taken is recorded. Null where it is hers and the attempt goes on; else whether the invoice has moved on.
    /// </summary>
    public async Task<bool?> LeaveFormerPayerAsync(Invoice invoice, Contract contract)
    {
        if (!await customers.HasLostMethodsAsync(contract.ReaderId))
        {
            return null;
        }

        if (await customers.EnsureAsync(contract.ReaderId) is { } payer)
        {
            switch (await gateway.RetrieveAsync(invoice.PaymentIntent!.GatewayId!))
            {
                case GatewayAnswer<PaymentSnapshot>.Answered { Value.CustomerId: { } owner } when owner != payer:
                    if (await cancel.RunAsync(invoice) != CancelResult.NotYet)
                    {
                        return true;
                    }

                    break;
                case GatewayAnswer<PaymentSnapshot>.Answered or GatewayAnswer<PaymentSnapshot>.Refused:
                    return null;
            }
        }

        await CameToNothingAsync(invoice.Id, null);
        return false;
    }

    /// <summary>Lets the PaymentIntent take another kind of method, before a try with it; true when that is done and saved.</summary>
    public async Task<bool> ChangeKindAsync(Invoice invoice, MethodKind kind)
    {
        // Saying the same twice does no harm, while an old failure kept under an old key would: each time has its own.
        var (id, number, name) = (invoice.PaymentIntent!.GatewayId!, invoice.PaymentIntent.Number, MethodKinds.NameOf(kind));
        switch (await gateway.ChangeKindAsync(id, name, $"pi-kind:{id}:{name}:{RandomNumberGenerator.GetHexString(16, lowercase: true)}"))
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.RequiresMethod or PaymentStatus.RequiresConfirmation }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.Do(new InvoiceCommand.RecordPaymentIntentKind(number, kind));
                    return unit;
                });
                return true;
            case GatewayAnswer<PaymentSnapshot>.Answered { Value.Status: PaymentStatus.Canceled }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.Must(new InvoiceCommand.RecordPaymentIntentCanceled(number));
                    return unit;
                });
                return true;
            case GatewayAnswer<PaymentSnapshot>.Refused refused:
                await CameToNothingAsync(invoice.Id, $"{refused.Code}: {refused.Message}");
                return false;
            default:
                await CameToNothingAsync(invoice.Id, null);
                return false;
        }
    }

    // A restored backup, or an answer lost a day ago: what was made for the invoice before is taken up and not made again.
    private async Task<(GatewayAnswer<PaymentSnapshot>? Found, bool? Done)> LookAsync(NewPaymentIntent request, Invoice invoice, int number, bool again)
    {
        if (!again && number == 1 && clock.Now < hours.At(invoice.Period.From, hours.Collect).AddHours(KeyHours) && !await gate.IsWatchfulAsync())
        {
            return (null, null);
        }

        var answer = await gateway.FindPaymentIntentsAsync(request.CustomerId, invoice.Id.Value);
        if (answer is GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Refused { Code: Missing } && await forget.IfGoneAsync(invoice.ReaderId, request.CustomerId))
        {
            return (null, true);
        }

        if (answer is not GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Answered { Value: var found })
        {
            await CameToNothingAsync(invoice.Id, null);
            return (null, false);
        }

        if (found.FirstOrDefault(p => p.Status == PaymentStatus.Succeeded && !invoice.Attempts.Any(a => a.PaymentIntentId == p.Id && a.State == AttemptState.Succeeded)) is { } paid)
        {
            await units.ChangeAsync(invoice.Id, Actors.System, unit =>
            {
                var method = unit.Subscription is Subscription.Started { Contract.PaymentMethodId: { } id } ? id : "unknown";
                unit.Must(new InvoiceCommand.RecordFoundPayment(paid.Id, paid.LatestChargeId, method, Actors.System, clock.Now, paid.Amount));
                return unit;
            });
            return (null, true);
        }

        return found.FirstOrDefault(p => p.Status != PaymentStatus.Canceled && p.Amount == request.Amount && p.Id != invoice.PaymentIntent?.GatewayId) is { } live
            ? (new GatewayAnswer<PaymentSnapshot>.Answered(live), null)
            : (null, null);
    }

    // A failure that the gateway keeps under its key would be repeated for a day. Once it says so, what it made is looked
    // for; only when there is nothing, the next number is used.
    private async Task<GatewayAnswer<PaymentSnapshot>> CreateAsync(NewPaymentIntent request, Invoice invoice, int number, bool lost)
    {
        // What was asked for under a number for a payer who is gone is another request.
        var key = $"pi:{invoice.Id.Value}:{number}{(lost ? $":{request.CustomerId}" : "")}";
        if (invoice.Lowered.Amount > 0)
        {
            // A creation whose answer was lost asked for another amount, and another amount is another request. What it
            // made is taken; its amount is changed before it is confirmed.
            key += $":due-{invoice.AmountDue.Amount}";
            var look = await FindAsync(request, invoice);
            if (look is not GatewayAnswer<PaymentSnapshot>.Refused)
            {
                return look;
            }
        }

        var answer = await gateway.CreatePaymentIntentAsync(request, key);
        for (var again = 2; answer is GatewayAnswer<PaymentSnapshot>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            var look = await FindAsync(request, invoice);
            if (look is GatewayAnswer<PaymentSnapshot>.Unknown)
            {
                return answer;
            }

            answer = look is GatewayAnswer<PaymentSnapshot>.Answered ? look : await gateway.CreatePaymentIntentAsync(request, $"{key}:{again}");
        }

        return answer;
    }

    // Refused stands for none: nothing there could take money for this invoice.
    private async Task<GatewayAnswer<PaymentSnapshot>> FindAsync(NewPaymentIntent request, Invoice invoice) =>
        await gateway.FindPaymentIntentsAsync(request.CustomerId, invoice.Id.Value) switch
        {
            GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Answered { Value: var found } => found.FirstOrDefault(p => p.Status != PaymentStatus.Canceled) is { } made
                ? new GatewayAnswer<PaymentSnapshot>.Answered(made)
                : new GatewayAnswer<PaymentSnapshot>.Refused("none", "There is none."),
            GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Refused refused => new GatewayAnswer<PaymentSnapshot>.Unknown(refused.Message),
            _ => new GatewayAnswer<PaymentSnapshot>.Unknown("The gateway does not answer."),
        };

    private Task CameToNothingAsync(InvoiceId id, string? mistake, bool refused = false) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectCameToNothing();
        if (refused)
        {
            unit.WaitForNextDay();
        }
        else if (mistake is not null)
        {
            unit.CollectRefused($"{id.Value}:prepare", $"The gateway refused to prepare the payment of {id}: {mistake}");
        }

        return unit;
    });
}
