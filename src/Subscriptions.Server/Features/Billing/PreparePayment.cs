using System.Security.Cryptography;
using Subscriptions.Data.Rows;
using Subscriptions.Domain;
using Subscriptions.Domain.Invoices;
using Subscriptions.Domain.Subscriptions;
using Subscriptions.Server.Features.Billing.Gateway;

namespace Subscriptions.Server.Features.Billing;

/// <summary>
/// Creates the invoice's PaymentIntent, unconfirmed, and saves its id before anything is attempted. A replacement gets
/// the next number, and only after the former was read as cancelled, so that never two of them can take money.
/// </summary>
public sealed class PreparePayment(IPaymentGateway gateway, BillingUnits units, GatewayCustomers customers)
{
    private const int MostKeys = 10;

    /// <summary>True when the PaymentIntent is there and saved.</summary>
    public async Task<bool> RunAsync(Invoice invoice, Contract contract, PaymentMethodRow method)
    {
        var number = (invoice.PaymentIntent?.Number ?? 0) + 1;
        if (await customers.EnsureAsync(contract.ReaderId) is not { } customer)
        {
            await CameToNothingAsync(invoice.Id, null);
            return false;
        }

        var request = new NewPaymentIntent(customer, invoice.Total, contract.Id.Value, invoice.Id.Value, method.Kind, invoice.Lines[0].Description);
        switch (await CreateAsync(request, invoice, number))
        {
            case GatewayAnswer<PaymentSnapshot>.Answered { Value: var created }:
                await units.ChangeAsync(invoice.Id, Actors.System, unit =>
                {
                    unit.Do(new InvoiceCommand.RecordPaymentIntentCreated(number, created.Id, MethodKinds.Of(method.Kind)));
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

    // A failure that the gateway keeps under its key would be repeated for a day. Once it says so, what it made is looked
    // for; only when there is nothing, the next number is used.
    private async Task<GatewayAnswer<PaymentSnapshot>> CreateAsync(NewPaymentIntent request, Invoice invoice, int number)
    {
        var answer = await gateway.CreatePaymentIntentAsync(request, $"pi:{invoice.Id.Value}:{number}");
        for (var again = 2; answer is GatewayAnswer<PaymentSnapshot>.Unknown { ExecutionOver: true } && again <= MostKeys; again++)
        {
            if (await gateway.FindPaymentIntentsAsync(request.CustomerId, invoice.Id.Value) is not GatewayAnswer<IReadOnlyList<PaymentSnapshot>>.Answered { Value: var found })
            {
                return answer;
            }

            answer = found.FirstOrDefault(p => p.Status != PaymentStatus.Canceled) is { } made
                ? new GatewayAnswer<PaymentSnapshot>.Answered(made)
                : await gateway.CreatePaymentIntentAsync(request, $"pi:{invoice.Id.Value}:{number}:{again}");
        }

        return answer;
    }

    private Task CameToNothingAsync(InvoiceId id, string? mistake) => units.ChangeAsync(id, Actors.System, unit =>
    {
        unit.CollectWorked = true;
        unit.CollectTries++;
        if (mistake is not null)
        {
            unit.RaiseTask("gateway-refused", $"{id.Value}:prepare", $"The gateway refused to prepare the payment of {id}: {mistake}");
        }

        return unit;
    });
}
