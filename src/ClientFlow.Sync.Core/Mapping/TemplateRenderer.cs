using System.Globalization;
using System.Text;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;

namespace ClientFlow.Sync.Core.Mapping;

/// <summary>Puts facts into texts. A fact without a value makes no text at all: an empty string never reaches a client.</summary>
public static class TemplateRenderer
{
    /// <summary>The text, or null when a fact is missing; what is missing is added to the list in words.</summary>
    public static string? Render(Template template, Engagement engagement, RecordRef subject, Business business, ICollection<string> missing)
    {
        var text = new StringBuilder();
        var whole = true;
        foreach (var part in template.Parts)
        {
            switch (part)
            {
                case TemplatePart.Words words:
                    text.Append(words.Text);
                    break;
                case TemplatePart.BusinessName:
                    text.Append(business.Name);
                    break;
                case TemplatePart.Fact fact when engagement.Find(fact.Path, subject) is { Value: { } value }:
                    text.Append(Show(value, fact.Filter, business));
                    break;
                case TemplatePart.Fact fact:
                    whole = false;
                    missing.Add(engagement.Find(fact.Path, subject).Why ?? fact.Path.ToString());
                    break;
            }
        }

        return whole ? text.ToString() : null;
    }

    private static string Show(FieldValue value, TemplateFilter filter, Business business) => filter switch
    {
        TemplateFilter.Date when value is FieldValue.Day day => day.Value.ToString("d MMMM yyyy", CultureInfo.InvariantCulture),
        TemplateFilter.Date when value is FieldValue.Moment moment =>
            LocalTime.DayAt(moment.Value, business.Zone).ToString("d MMMM yyyy", CultureInfo.InvariantCulture),
        TemplateFilter.None or TemplateFilter.Date or TemplateFilter.Money => value.Show(),
    };
}
