using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Subscriptions.Server.Features.Mail.Templates;

/// <summary>Turns a model into a mail: subject, plain text and HTML, saying the same.</summary>
/// <param name="publisher">The publisher's name, which heads and signs every mail.</param>
public sealed class MailTemplates(string publisher, IServiceProvider services, ILoggerFactory logs)
{
    /// <summary>A longer name is cut in the greeting.</summary>
    private const int MaxNameLength = 120;

    /// <summary>Renders one mail.</summary>
    public async Task<RenderedMail> RenderAsync(MailModel model)
    {
        var letter = Letters.For(model, publisher);
        letter = letter with { Subject = OneLine(letter.Subject), ReaderName = Greeted(letter.ReaderName) };
        return new RenderedMail(letter.Subject, Text(letter), await HtmlAsync(letter));
    }

    private async Task<string> HtmlAsync(Letter letter)
    {
        await using var renderer = new HtmlRenderer(services, logs);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<MailPage>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(MailPage.Letter)] = letter,
                [nameof(MailPage.Publisher)] = publisher,
            }));
            return root.ToHtmlString();
        });
    }

    private string Text(Letter letter)
    {
        var text = new StringBuilder();
        text.Append(publisher).Append("\n\n").Append(letter.Heading).Append("\n\nDear ").Append(letter.ReaderName).Append(",\n\n");
        foreach (var paragraph in letter.Paragraphs)
        {
            text.Append(paragraph).Append("\n\n");
        }

        foreach (var (label, value) in letter.Facts)
        {
            text.Append(label).Append(": ").Append(value).Append('\n');
        }

        foreach (var (label, address) in letter.Links)
        {
            text.Append('\n').Append(label).Append(":\n").Append(address.AbsoluteUri).Append('\n');
        }

        return text.Append("\n-- \n").Append(publisher).Append(" sent you this message about your account.\n").ToString();
    }

    private static string Greeted(string name)
    {
        var line = OneLine(name).Trim();
        return line.Length switch { 0 => "reader", > MaxNameLength => line[..MaxNameLength], _ => line };
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
